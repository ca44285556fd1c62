import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { markIn } from "./mark-in.ts";
import { readingAddress, removeDatabase, syncPath } from "./sqlite-files.ts";

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
 * readers and writers do not wait for it. Throws the disk's error; a copy that was cut short does not
 * count as a backup.
 */
export async function makeBackup(database: string, folder: string): Promise<Backup> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, "unfinished.db");
  removeDatabase(temporary);
  try {
    const source = new DatabaseSync(database, { readOnly: true });
    try {
      await backup(source, temporary, { rate: 2 ** 30 });
    } finally {
      source.close();
    }
    const commits = commitsOf(temporary);
    const path = join(folder, `${String(commits).padStart(12, "0")}.db`);
    syncPath(temporary);
    renameSync(temporary, path);
    syncPath(folder);
    return { path, commits, madeAtMs: statSync(path).mtimeMs };
  } finally {
    removeDatabase(temporary);
  }
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
export function pruneBackups(folder: string, nowMs: number): Backup[] {
  const all = backupsIn(folder);
  const stays = ({ madeAtMs }: Backup, index: number) =>
    index === 0 || (index < generations && nowMs - madeAtMs < keptMs);
  for (const [index, one] of all.entries()) if (!stays(one, index)) rmSync(one.path);
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
