import { closeSync, constants, existsSync, fstatSync, openSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { closedFolder, isTrustedOwner, ownUid, refuseForeign } from "./ownership.ts";

// Linux's O_PATH, for which Node has no name: a descriptor that only names a file.
const namingOnly = 0o10_000_000;
const { O_DIRECTORY, O_NOFOLLOW } = constants;

export interface CheckedSocket {
  /** What the kernel is given; always short enough for a socket's address. Good until `release`. */
  path: string;
  /** Of the file that the path leads to. */
  inode: number;
  release(): void;
}

/** Throws RefusalError `foreign_owner` if a folder on the path is closed to this user, such as another user's home. */
function openFolder(path: string): number {
  try {
    return openSync(path, namingOnly | O_DIRECTORY);
  } catch (error) {
    const closed = (error as NodeJS.ErrnoException).code === "EACCES" ? closedFolder(path) : null;
    if (closed === null) throw error;
    refuseForeign(closed.path, closed.uid, "HOLDFAST_STATE_DIR");
  }
}

/** With its sockets in `run` below it, a state folder is what another one has to be named for. */
function refuseFolder(path: string, uid: number): never {
  const above = dirname(path);
  const isInStateFolder = basename(path) === "run" && existsSync(join(above, "server.lock"));
  if (isInStateFolder) refuseForeign(above, uid, "HOLDFAST_STATE_DIR");
  refuseForeign(path, uid, "HOLDFAST_RUNTIME_DIR");
}

/**
 * The socket at `path`, if it is in a folder of this user (or of `owner`, or root) and was made by
 * that user. The user that binds a socket owns its file, and the connection is made to exactly that
 * file, so its owner is the user of the process that listens: the same that SO_PEERCRED would say,
 * without a library that takes as long to load as a whole command. The file cannot be replaced in
 * between.
 *
 * Throws RefusalError `foreign_owner`, or an error such as ENOENT.
 */
export function checkedSocket(path: string, owner = ownUid()): CheckedSocket {
  const isTrusted = (uid: number) => (owner === ownUid() ? isTrustedOwner(uid) : uid === owner);
  const folderPath = dirname(path);
  const folder = openFolder(folderPath);
  try {
    const { uid } = fstatSync(folder);
    if (!isTrusted(uid)) refuseFolder(folderPath, uid);
    const file = openSync(`/proc/self/fd/${folder}/${basename(path)}`, namingOnly | O_NOFOLLOW);
    const release = () => closeSync(file);
    const found = fstatSync(file);
    if (!isTrusted(found.uid)) {
      release();
      refuseForeign(path, found.uid, "HOLDFAST_RUNTIME_DIR");
    }
    return { path: `/proc/self/fd/${file}`, inode: found.ino, release };
  } finally {
    closeSync(folder);
  }
}
