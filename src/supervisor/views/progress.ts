import { closeSync, constants, existsSync, openSync, readSync } from "node:fs";
import type { Progress } from "../../contract/job.ts";

const progressLimitBytes = 512;

/** The payload's `DONE/TOTAL free text`; null when it wrote none or something else. */
export function readProgress(path: string): Progress | null {
  // Most jobs write none, and an `openSync` that fails costs six times as much.
  if (!existsSync(path)) return null;
  let descriptor: number;
  try {
    // The payload may have put a FIFO or a link here: neither must hold or lead the server astray.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const buffer = Buffer.alloc(progressLimitBytes);
    const length = readSync(descriptor, buffer, 0, progressLimitBytes, 0);
    return parseProgress(buffer.toString("utf8", 0, length));
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

export function parseProgress(text: string): Progress | null {
  const found = /^\s*(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)(?:[ \t]+([^\n]*))?/.exec(text);
  if (found === null) return null;
  const [done, total] = [Number(found[1]), Number(found[2])];
  return total > 0
    ? { done: Math.min(done, total), total, text: (found[3] ?? "").trimEnd() }
    : null;
}
