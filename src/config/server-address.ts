import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  statSync,
} from "node:fs";
import { writeDurably } from "../system/durable-files.ts";
import { dirname } from "node:path";
import { isTrustedOwner } from "./ownership.ts";

/**
 * Where the server of a state folder listens, recorded in that folder: a command of cron, `su` or
 * `sudo` has another XDG_RUNTIME_DIR or none, and would look for the socket elsewhere. The record
 * names one file by its inode and the time of its making, so that a record that a killed server left
 * never leads to the socket of another server at the same path.
 */
interface Address {
  socket: string;
  inode: string;
  madeAtNs: string;
  /** The state folder's own inode: a copy of it does not lead to the original's server. Missing in older records. */
  folder?: string;
}

/** Of the server that holds the lock, when it listens. Throws what the file system says. */
export async function recordSocket(path: string, socket: string): Promise<void> {
  const { ino, mtimeNs } = lstatSync(socket, { bigint: true });
  const folder = inodeOf(dirname(path));
  const address: Address = { socket, inode: String(ino), madeAtNs: String(mtimeNs), folder };
  await writeDurably(path, `${JSON.stringify(address)}\n`);
}

/** Null: none is recorded, the recorded one is gone, or the record is not this user's or root's. */
export function recordedSocket(path: string): string | null {
  try {
    const { socket, inode, madeAtNs, folder } = JSON.parse(
      ownText(path) ?? "{}",
    ) as Partial<Address>;
    if (socket === undefined) return null;
    if (folder !== undefined && folder !== inodeOf(dirname(path))) return null;
    const found = lstatSync(socket, { bigint: true, throwIfNoEntry: false });
    const isSame = String(found?.ino) === inode && String(found?.mtimeNs) === madeAtNs;
    return isSame ? socket : null;
  } catch {
    // No record, or none that can be read: the socket is looked for at its default path.
    return null;
  }
}

function inodeOf(folder: string): string {
  return String(statSync(folder, { bigint: true }).ino);
}

function ownText(path: string): string | null {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return isTrustedOwner(fstatSync(descriptor).uid) ? readFileSync(descriptor, "utf8") : null;
  } finally {
    closeSync(descriptor);
  }
}
