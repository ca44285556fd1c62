import { link, rename, rm } from "node:fs/promises";
import { identityOf, statOfName } from "./file-in-place.ts";
import { temporaryName } from "./temporary-name.ts";

/**
 * Removes the file at `path` if its device and inode are these. The kernel has no such call: a file that
 * was put there in the last moment is renamed with it, and put back.
 */
export async function removeIfSame(path: string, identity: string): Promise<void> {
  if (identityOf(await statOfName(path)) !== identity) return;
  const renamed = temporaryName(path);
  try {
    await rename(path, renamed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (identityOf(await statOfName(renamed)) !== identity) await putBack(renamed, path);
  await rm(renamed, { force: true });
}

async function putBack(renamed: string, path: string): Promise<void> {
  try {
    await link(renamed, path);
  } catch (error) {
    // There is a third one by now.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    // Better in the place of a third one than removed.
    await rename(renamed, path);
  }
}
