import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { Clock } from "./context.ts";

const lookAgainMs = 500;
const chunkBytes = 65_536;

/** The last `lines` lines of a file and where it ends. Throws ENOENT, EACCES. */
export function tailOf(path: string, lines: number): { text: Buffer; endOffset: number } {
  const all = readFileSync(path);
  const endOffset = all.length;
  if (lines === Infinity) return { text: all, endOffset };
  let start = all.length;
  for (let left = lines; left > 0 && start > 0; left -= 1) {
    // The newline at the end of the file belongs to the last line.
    const before = start < 2 ? -1 : all.lastIndexOf(10, start - 2);
    start = before + 1;
  }
  return { text: all.subarray(start), endOffset };
}

/** What is appended from `offset` on, without end. */
export async function* followFile(
  path: string,
  offset: number,
  clock: Clock,
): AsyncGenerator<Buffer, never> {
  let next = offset;
  for (;;) {
    for (const bytes of appended(path, next)) {
      next += bytes.length;
      yield bytes;
    }
    await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve));
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
