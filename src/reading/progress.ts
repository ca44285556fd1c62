import { constants, stat, statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Progress } from "../contract/job.ts";

const progressLimitBytes = 512;

/** The payload's `DONE/TOTAL free text`; null when it wrote none or something else. */
export async function readProgress(path: string): Promise<Progress | null> {
  // Most jobs write none, and an open that fails costs twice as much as this question.
  if ((await isThere(path)) !== true) return null;
  try {
    // The payload may have put a FIFO or a link here: neither must hold or lead the server astray.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using file = await open(path, flags);
    const buffer = Buffer.alloc(progressLimitBytes);
    const { bytesRead } = await file.read(buffer, 0, progressLimitBytes, 0);
    return parseProgress(buffer.toString("utf8", 0, bytesRead));
  } catch {
    return null;
  }
}

/** False: there is none. Null: that cannot be found out now. */
export type IsThere = (path: string) => boolean | null | Promise<boolean | null>;

export function isThere(path: string): Promise<boolean | null> {
  return new Promise((resolve) => {
    stat(path, (error) => resolve(error === null || (error.code === "ENOENT" ? false : null)));
  });
}

/** The same in a thread that may wait: without a turn of Node's pool, which all threads share. */
export function isThereNow(path: string): boolean | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return null;
  }
}

/** Paths of ended attempts that wrote none. A list has many of them, and nothing writes there any more. */
const withoutProgress = new Set<string>();
const mostRemembered = 10_000;

/** Of an attempt that has ended. */
export async function readLastProgress(
  path: string,
  ask: IsThere = isThere,
): Promise<Progress | null> {
  if (withoutProgress.has(path)) return null;
  if ((await ask(path)) !== false) return await readProgress(path);
  if (withoutProgress.size >= mostRemembered) withoutProgress.clear();
  withoutProgress.add(path);
  return null;
}

export function parseProgress(text: string): Progress | null {
  const found = /^\s*(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)(?:[ \t]+([^\n]*))?/.exec(text);
  if (found === null) return null;
  const [done, total] = [Number(found[1]), Number(found[2])];
  return total > 0
    ? { done: Math.min(done, total), total, text: (found[3] ?? "").trimEnd() }
    : null;
}
