import { existsSync, mkdirSync, readdirSync, renameSync, statfsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { markIn } from "./mark-in.ts";
import { flushFile, syncFolder } from "../system/durable-files.ts";
import { databaseFiles, readingAddress } from "./sqlite-files.ts";

const generations = 3;
const keptMs = 7 * 24 * 3_600_000;

export interface Backup {
  path: string;
  /** The last commit that is in it. */
  commits: number;
  madeAtMs: number;
}

/** Newest first. */
export function backupsIn(folder: string): Backup[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => /^\d{12}\.db$/.test(name))
    .toSorted()
    .toReversed()
    .map((name) => {
      const path = join(folder, name);
      return { path, commits: Number.parseInt(name, 10), madeAtMs: statSync(path).mtimeMs };
    });
}

/**
 * A copy of the database at one moment, made in one step by a separate connection on another thread:
 * readers and writers do not wait for it, nor for its flush and the removal of earlier copies, which
 * take seconds for a copy of gigabytes. Throws the disk's error; a copy that was cut short does not
 * count as a backup.
 */
export async function makeBackup(database: string, folder: string): Promise<Backup> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, "unfinished.db");
  await removeLater(temporary);
  try {
    const source = new DatabaseSync(database, { readOnly: true });
    try {
      await backup(source, temporary, { rate: 2 ** 30 });
    } finally {
      source.close();
    }
    // Before SQLite does it, on this thread.
    await flushFile(temporary);
    const commits = commitsOf(temporary);
    const path = join(folder, `${String(commits).padStart(12, "0")}.db`);
    await flushFile(temporary);
    renameSync(temporary, path);
    await syncFolder(folder);
    return { path, commits, madeAtMs: statSync(path).mtimeMs };
  } finally {
    await removeLater(temporary);
  }
}

/** Freeing the space of a large file takes a while. */
async function removeLater(path: string): Promise<void> {
  for (const file of databaseFiles(path)) await rm(file, { force: true });
}

/** The number of the store that a backup is of; null: from before stores had one. */
export function storeOf(path: string): number | null | "unreadable" {
  try {
    const db = new DatabaseSync(readingAddress(path), { readOnly: true });
    try {
      return markIn(db, "store-id");
    } finally {
      db.close();
    }
  } catch {
    return "unreadable";
  }
}

/**
 * Removes all but the newest, and of those the ones that are a week old if there is a newer one: they
 * have values that the database has not any more. Returns those that stay.
 */
export async function pruneBackups(folder: string, nowMs: number): Promise<Backup[]> {
  const all = backupsIn(folder);
  const stays = ({ madeAtMs }: Backup, index: number) =>
    index === 0 || (index < generations && nowMs - madeAtMs < keptMs);
  for (const [index, one] of all.entries())
    if (!stays(one, index)) await rm(one.path, { force: true });
  return all.filter(stays);
}

/** Whether a backup would leave room for the jobs. */
export function hasRoom(database: string, folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > 3 * statSync(database).size;
}

/** Also makes it one file without a log. */
function commitsOf(path: string): number {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA journal_mode = DELETE");
    return markIn(db, "commits") ?? 0;
  } finally {
    db.close();
  }
}
