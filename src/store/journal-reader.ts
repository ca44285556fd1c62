import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from "node:fs";
import { join } from "node:path";
import type { HighWater } from "./database.ts";
import { isCommit, parseLine, type JournalCommit, type JournalLine } from "./journal-line.ts";

/** What the journal says of the store that it belongs to. */
export interface JournalEnd {
  /** Null: no file has its first line any more. */
  store: number | null;
  /** The last commit that a power cut does not undo. */
  last: number;
  /** The last one of all. */
  lastLight: number;
  high: HighWater;
  /** It begins with the first commit of an empty store. */
  fromEmpty: boolean;
}

const tailBytes = 4 * 1024 * 1024;

/** Files in the order of their commits. */
export function journalFiles(folder: string): { path: string; from: number }[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => /^\d{12}\.log$/.test(name))
    .toSorted()
    .map((name) => ({ path: join(folder, name), from: Number.parseInt(name, 10) }));
}

/**
 * Every commit that can be read, in order. A file begins where the store really stood: commits of
 * that number or a later one in files before it were undone by a power cut.
 */
export function* readJournal(folder: string): Generator<JournalCommit> {
  const files = journalFiles(folder);
  for (const [index, { path }] of files.entries()) {
    const end = files[index + 1]?.from ?? Infinity;
    for (const line of linesOf(readFileSync(path, "utf8")))
      if (isCommit(line) && line.number < end) yield line;
  }
}

/** Null: there is no journal, or nothing of it can be read. */
export function journalEnd(folder: string): JournalEnd | null {
  const files = journalFiles(folder);
  const header =
    files.map(({ path }) => headerOf(path)).find((found) => found !== null) ?? undefined;
  const end: JournalEnd = {
    store: header?.store ?? null,
    last: 0,
    lastLight: 0,
    high: { jobs: 0, events: 0 },
    fromEmpty: header?.empty === true,
  };
  for (const { path, from } of files.toReversed()) {
    const commits = lastLinesOf(path).filter(isCommit);
    const last = commits.findLast(({ light }) => !light);
    // The store stood before its first commit when it was begun: after a backup it may have none yet.
    const before = headerOf(path) === null ? 0 : from - 1;
    end.lastLight = Math.max(end.lastLight, before, commits.at(-1)?.number ?? 0);
    for (const { high } of commits) end.high = greatest(end.high, high);
    if (last === undefined) continue;
    return { ...end, last: last.number };
  }
  return header === undefined && end.lastLight === 0 ? null : end;
}

export function greatest(a: HighWater, b: HighWater): HighWater {
  return { jobs: Math.max(a.jobs, b.jobs), events: Math.max(a.events, b.events) };
}

function headerOf(path: string) {
  const line = linesOf(readPart(path, 0, 4096)).next().value;
  return line === undefined || isCommit(line) ? null : line;
}

function lastLinesOf(path: string): JournalLine[] {
  const size = sizeOf(path);
  const tail = [...linesOf(readPart(path, Math.max(0, size - tailBytes), tailBytes))];
  const isEnough = size <= tailBytes || tail.some((line) => isCommit(line) && !line.light);
  return isEnough ? tail : [...linesOf(readFileSync(path, "utf8"))];
}

function* linesOf(text: string): Generator<JournalLine> {
  for (const line of text.split("\n")) {
    const parsed = line === "" ? null : parseLine(line);
    if (parsed !== null) yield parsed;
  }
}

function sizeOf(path: string): number {
  const file = openSync(path, "r");
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

function readPart(path: string, from: number, bytes: number): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(bytes);
    const length = readSync(file, buffer, 0, bytes, from);
    return buffer.toString("utf8", 0, length);
  } finally {
    closeSync(file);
  }
}
