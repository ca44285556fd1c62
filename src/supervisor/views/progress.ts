import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Progress } from "../../contract/job.ts";

const progressLimitBytes = 512;

/** The payload's `DONE/TOTAL free text`; null when it wrote none or something else. */
export async function readProgress(path: string): Promise<Progress | null> {
  try {
    // The payload may have put a FIFO or a link here: neither must hold or lead the server astray.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using file = await open(path, flags);
    const buffer = Buffer.alloc(progressLimitBytes);
    const { bytesRead } = await file.read(buffer, 0, progressLimitBytes, 0);
    return parseProgress(buffer.toString("utf8", 0, bytesRead));
  } catch {
    return null; // most jobs write none
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
