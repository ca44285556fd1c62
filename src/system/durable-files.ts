import { closeSync, constants, fsync, openSync } from "node:fs";
import { link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { failpoint } from "./failpoints.ts";
import { temporaryName } from "./temporary-name.ts";

/**
 * Records that survive a power cut: written to a temporary file, fsynced, put in
 * place, and the folder fsynced. A reader sees the old record or the new one, never
 * a part. On failure nothing is left behind and the error (ENOSPC, EIO, …) is thrown.
 */

/** Replaces `path`. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = await writeTemporary(path, text);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Puts `path` in place only if it does not exist yet. Returns whether it did. */
export async function claimDurably(path: string, text: string): Promise<boolean> {
  const temporary = await writeTemporary(path, text);
  failpoint("claim.temporary");
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  failpoint("claim.linked");
  await syncFolder(dirname(path));
  return true;
}

/** Makes the names in a folder durable: a new file is not there after a power cut before this. */
export function syncFolder(path: string): Promise<void> {
  return flush(path, constants.O_DIRECTORY);
}

/** Flushes what was written to a file to the disk. */
export function flushFile(path: string): Promise<void> {
  return flush(path, 0);
}

const fsyncDescriptor = promisify(fsync);

async function flush(path: string, flags: number): Promise<void> {
  // Only the flush itself takes long enough for a thread of its own.
  const descriptor = openSync(path, constants.O_RDONLY | flags);
  try {
    await fsyncDescriptor(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function writeTemporary(path: string, text: string): Promise<string> {
  const temporary = temporaryName(path);
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const file = await open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}
