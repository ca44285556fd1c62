import { linkSync, renameSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import type { FileInPlace } from "./file-in-place.ts";

/**
 * Closes what listens on a Unix socket. Node then removes what has the socket's name, also where
 * another program has put its own there. That gets another name meanwhile, in one go: nothing
 * can connect to it until it is back.
 */
export function closeListener(listener: Server, file: FileInPlace, onClosed?: () => void): void {
  if (file.state() !== "replaced") {
    listener.close(onClosed);
    return;
  }
  const temporary = `${file.path}.${process.pid}`;
  try {
    renameSync(file.path, temporary);
  } catch {
    // It is gone, or the folder cannot be written: then nothing can be removed from it.
    listener.close(onClosed);
    return;
  }
  listener.close(onClosed);
  try {
    // As a link: what has taken the name since then is not overwritten.
    linkSync(temporary, file.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  rmSync(temporary);
}
