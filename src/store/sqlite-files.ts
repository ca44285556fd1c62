import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

/** A database and what SQLite puts beside it: the log belongs to its file and to no other. */
const suffixes = ["", "-wal", "-shm"];

export function databaseFiles(path: string): string[] {
  return suffixes.map((suffix) => path + suffix).filter((file) => existsSync(file));
}

export function removeDatabase(path: string): void {
  for (const suffix of suffixes.toReversed()) rmSync(path + suffix, { force: true });
}

/** With all files that belong to it; durable when it returns. */
export function moveDatabase(from: string, to: string): void {
  for (const suffix of suffixes)
    if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix);
  for (const folder of new Set([dirname(from), dirname(to)])) syncPath(folder);
}

/**
 * Puts a database that is one file in the place of another. At every moment there is one: the old
 * one without its log, which lacks commits and is restored again, then the new one.
 */
export function replaceDatabase(from: string, to: string): void {
  for (const suffix of suffixes.slice(1)) rmSync(to + suffix, { force: true });
  renameSync(from, to);
  syncPath(dirname(to));
}

/** Of a file or a folder. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Reading makes SQLite create a log beside the file: avoided if there is none. */
export function readingAddress(path: string): URL {
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`)) url.searchParams.set("immutable", "1");
  return url;
}
