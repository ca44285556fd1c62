import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
} from "node:fs";
import type { Clock } from "./context.ts";

const pollMs = 500;
const chunkBytes = 65_536;

/**
 * The last `lines` lines of a log and the earlier ones that it was rotated into (`PATH.1` is the
 * newest), and where the log itself ends. Throws ENOENT, EACCES.
 */
export function tailOf(path: string, lines: number): { text: Buffer; endOffset: number } {
  const newest = readFileSync(path);
  const parts = [newest];
  let left = lines - linesIn(newest);
  for (let number = 1; left > 0 && existsSync(`${path}.${number}`); number += 1) {
    const earlier = readFileSync(`${path}.${number}`);
    parts.unshift(earlier);
    left -= linesIn(earlier);
  }
  return { text: lastLines(Buffer.concat(parts), lines), endOffset: newest.length };
}

function linesIn(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at !== -1; at = text.indexOf(10, at + 1)) count += 1;
  return count;
}

function lastLines(all: Buffer, lines: number): Buffer {
  if (lines === Infinity) return all;
  let start = all.length;
  for (let left = lines; left > 0 && start > 0; left -= 1) {
    // The newline at the end of the file belongs to the last line.
    const before = start < 2 ? -1 : all.lastIndexOf(10, start - 2);
    start = before + 1;
  }
  return all.subarray(start);
}

/** What is appended from `offset` on, without end. */
export async function* followFile(
  path: string,
  offset: number,
  clock: Clock,
): AsyncGenerator<Buffer, never> {
  let next = offset;
  for (;;) {
    if (statSync(path).size < next) {
      // It was rotated: the rest of it is in its copy.
      if (existsSync(`${path}.1`)) yield* appended(`${path}.1`, next);
      next = 0;
    }
    for (const bytes of appended(path, next)) {
      next += bytes.length;
      yield bytes;
    }
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
}

function* appended(path: string, offset: number): Generator<Buffer> {
  const descriptor = openSync(path, "r");
  try {
    let next = offset;
    while (next < fstatSync(descriptor).size) {
      const buffer = Buffer.alloc(chunkBytes);
      const read = readSync(descriptor, buffer, 0, chunkBytes, next);
      if (read === 0) return;
      next += read;
      yield buffer.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}
