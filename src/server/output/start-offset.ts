import type { OutputFile } from "./output-file.ts";

const stepBytes = 64 * 1024;
/** How far back lines are looked for: a log without line breaks may be of any size. */
const mostBackBytes = 8 * 1024 * 1024;
const newline = 10;

export interface Start {
  /** Negative: from the end. Null: from the beginning. */
  offset: number | null;
  /** Null: by offset. */
  lines: number | null;
}

export interface Begin {
  offset: number;
  /** Lines were asked for, and they begin further back than was looked: this is the middle of one. */
  isCut: boolean;
}

/** Where to begin in a log of `size` bytes. Never behind its end. */
export async function startOffset(file: OutputFile, size: number, start: Start): Promise<Begin> {
  if (start.lines !== null) return lastLines(file, size, start.lines);
  const offset = start.offset ?? 0;
  return {
    offset: offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size),
    isCut: false,
  };
}

/** The start of the last `count` lines. A line break at the very end begins no line. */
async function lastLines(file: OutputFile, size: number, count: number): Promise<Begin> {
  if (count === 0) return { offset: size, isCut: false };
  const floor = Math.max(0, size - mostBackBytes);
  let breaks = 0;
  for (let end = size; end > floor;) {
    const from = Math.max(floor, end - stepBytes);
    const bytes = await file.read(from, end - from);
    for (let at = bytes.lastIndexOf(newline); at >= 0; at = bytes.lastIndexOf(newline, at - 1)) {
      if (from + at < size - 1) breaks += 1;
      if (breaks === count) return { offset: from + at + 1, isCut: false };
      if (at === 0) break;
    }
    end = from;
  }
  return { offset: floor, isCut: floor > 0 };
}
