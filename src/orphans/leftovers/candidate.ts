import { lstatSync, opendirSync, type Dirent } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Leftover } from "../../contract/leftovers.ts";

/** Something that may have been left behind, before holders and makers are checked. */
export interface Candidate extends Omit<Leftover, "confidence" | "evidence"> {
  /** Its inode and, for a folder, those of everything in it. */
  inodes: number[];
  /** Users other than its owner and root may open it. */
  openToOthers: boolean;
  /** Why a folder cannot be judged: too many entries, or some of another user or file system. */
  unclear: string | null;
}

const mostEntries = 10_000;

/**
 * The candidate at a path, without a folder's contents. Null: nothing there, or not a candidate.
 */
export function candidateAt(path: string, makerPid: number | null): Candidate | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return null;
  const kind = kindOf(path, found);
  if (kind === null) return null;
  return {
    kind,
    name: path,
    bytes: kind === "socket" ? null : found.size,
    uid: found.uid,
    inode: found.ino,
    changedAtMs: Math.round(found.ctimeMs),
    makerPid,
    inodes: [found.ino],
    openToOthers: (found.mode & 0o077) !== 0,
    unclear: null,
  };
}

function kindOf(path: string, stat: ReturnType<typeof lstatSync>): Leftover["kind"] | null {
  if (stat?.isSocket() === true) return "socket";
  if (stat?.isDirectory() === true) return "folder";
  if (stat?.isFile() !== true || !path.startsWith("/dev/shm/")) return null;
  return basename(path).startsWith("sem.") ? "semaphore" : "shared memory";
}

/**
 * Adds a folder's contents; returns anything else unchanged. Reads no more than `most` entries, and
 * nothing of another file system that is mounted in it: removing the folder would remove its files.
 */
export function withContents(folder: Candidate, most = mostEntries): Candidate {
  if (folder.kind !== "folder") return folder;
  let bytes = 0;
  const inodes = [folder.inode];
  const unclear = (why: string): Candidate => ({ ...folder, bytes: null, unclear: why });
  try {
    const { dev } = lstatSync(folder.name);
    const open = [folder.name];
    for (let path = open.pop(); path !== undefined; path = open.pop())
      for (const { name } of entriesOf(path)) {
        const inner = lstatSync(join(path, name), { throwIfNoEntry: false });
        if (inner === undefined) continue;
        const shown = relative(folder.name, join(path, name));
        if (inner.dev !== dev) return unclear(`${shown} in it is on another file system`);
        if (inner.uid !== folder.uid) return unclear(`${shown} in it belongs to another user`);
        if (inodes.length >= most) return unclear(`it has more than ${most} entries`);
        inodes.push(inner.ino);
        if (inner.isFile()) bytes += inner.size;
        if (inner.isDirectory()) open.push(join(path, name));
      }
  } catch (error) {
    return unclear(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? "?"})`);
  }
  return { ...folder, bytes, inodes };
}

/** One at a time: a folder may have any number of entries. */
function* entriesOf(path: string): Generator<Dirent> {
  const folder = opendirSync(path);
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) yield entry;
  } finally {
    folder.closeSync();
  }
}
