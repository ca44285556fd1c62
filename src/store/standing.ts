import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { backupsIn, storeOf } from "./backups.ts";
import { markIn } from "./mark-in.ts";
import { isStorageFailure } from "./sqlite-errors.ts";
import { journalEnd, journalFiles, type JournalEnd } from "./journal-reader.ts";
import { readingAddress } from "./sqlite-files.ts";

export interface StorePlaces {
  database: string;
  journalDir: string;
  backupsDir: string;
  attemptsDir: string;
}

/** What a database says of itself. */
export interface Found {
  /** Null: it was never given one. */
  store: number | null;
  commits: number;
  schema: number;
  jobs: number;
}

/** The newest backup that can be read. */
export interface BackupEnd {
  path: string;
  store: number | null;
  commits: number;
}

/** How the database relates to its journal and to the attempts' folders. */
export type Standing =
  /** Nothing is there yet. */
  | { kind: "new" }
  /** It has all that was acknowledged. */
  | { kind: "current"; found: Found; doubt: string | null }
  /**
   * The newest backup of this store has commits that neither database nor journal have. `journal`: there
   * is one, of an earlier time; without one the database may have been put there on purpose.
   */
  | { kind: "older"; found: Found; backup: BackupEnd; journal: boolean }
  /** It lacks commits that were acknowledged. */
  | { kind: "behind"; found: Found; end: JournalEnd }
  /** The journal is another store's. */
  | { kind: "foreign"; found: Found; end: JournalEnd }
  /** There is no database, or nothing in it, though something was stored here. */
  | { kind: "missing"; why: string }
  /** SQLite cannot read it. */
  | { kind: "unreadable"; why: string };

export function standingOf(places: StorePlaces): Standing {
  const end = journalEnd(places.journalDir);
  const found = findIn(places.database);
  return judge(found, end, {
    // Only a database that says nothing is judged by them: there may be a million.
    attempts: found === "none" || found === "empty" ? countAttempts(places.attemptsDir) : 0,
    backups: backupsIn(places.backupsDir).length,
    // A journal whose creation was cut short during the first start is empty.
    journals: journalFiles(places.journalDir).filter(({ path }) => statSync(path).size > 0).length,
    journalFrom: journalFiles(places.journalDir).at(-1)?.from ?? null,
    newest: newestBackup(places.backupsDir),
  });
}

/** What else shows that something was stored here. */
export interface Traces {
  attempts: number;
  backups: number;
  journals: number;
  /** The first commit of its newest file; null: there is none. */
  journalFrom: number | null;
  newest: BackupEnd | null;
}

/** Pure. */
export function judge(
  found: Found | "none" | "empty" | { unreadable: string },
  end: JournalEnd | null,
  { attempts, backups, journals, journalFrom, newest }: Traces,
): Standing {
  if (found === "none" || found === "empty") {
    const committed = end?.last ?? 0;
    const what = found === "none" ? "it is missing" : "it is empty";
    const known = [
      ...(attempts > 0
        ? [`there ${attempts === 1 ? "is 1 attempt" : `are ${attempts} attempts`}`]
        : []),
      ...(committed > 0
        ? [`its journal has ${committed} ${committed === 1 ? "commit" : "commits"}`]
        : []),
      ...(end === null && journals > 0 ? ["there is a journal that cannot be read"] : []),
      ...(backups > 0 ? [`there ${backups === 1 ? "is 1 backup" : `are ${backups} backups`}`] : []),
    ];
    if (known.length === 0) return { kind: "new" };
    return { kind: "missing", why: `${what}, but ${known.join(", and ")}` };
  }
  if ("unreadable" in found) return { kind: "unreadable", why: found.unreadable };
  // A journal that continues after the backup was begun after a person went back on purpose.
  const isOlder = newest !== null && newest.store === found.store && newest.commits > found.commits;
  const older: Standing | null =
    isOlder && (journalFrom ?? 0) <= newest.commits
      ? { kind: "older", found, backup: newest, journal: journalFrom !== null }
      : null;
  if (end === null) return older ?? { kind: "current", found, doubt: doubtOf(found, null) };
  // Nothing was committed to it yet: a log that was lost took all of it.
  const isBlank = found.store === null && found.commits === 0 && found.jobs === 0;
  if (end.store !== null && found.store !== end.store && !isBlank)
    return { kind: "foreign", found, end };
  if (found.commits < end.last) return { kind: "behind", found, end };
  return older ?? { kind: "current", found, doubt: doubtOf(found, end) };
}

/** Why it cannot be known whether the database has all that was acknowledged; null: the journal says so. */
function doubtOf({ store, commits }: Found, end: JournalEnd | null): string | null {
  // Of a version that kept no journal, or new.
  if (store === null || commits === 0) return null;
  if (end === null) return "its journal is missing or cannot be read";
  return end.lastLight >= commits
    ? null
    : `its journal ends with commit ${end.lastLight}, and the database has ${commits}`;
}

export function newestBackup(folder: string): BackupEnd | null {
  for (const { path, commits } of backupsIn(folder)) {
    const store = storeOf(path);
    if (store !== "unreadable") return { path, commits, store };
  }
  return null;
}

function findIn(path: string): Found | "none" | "empty" | { unreadable: string } {
  if (!existsSync(path)) return "none";
  if (statSync(path).size === 0) return "empty";
  try {
    const db = new DatabaseSync(readingAddress(path), { readOnly: true });
    try {
      return foundBy(db);
    } finally {
      db.close();
    }
  } catch (error) {
    if (isStorageFailure(error)) throw error;
    return { unreadable: (error as Error).message };
  }
}

function foundBy(db: DatabaseSync): Found | "empty" {
  const number = (sql: string) => Number(Object.values(db.prepare(sql).get() ?? {})[0] ?? 0);
  const schema = number("PRAGMA user_version");
  if (schema === 0) return "empty";
  return {
    store: markIn(db, "store-id"),
    commits: markIn(db, "commits") ?? 0,
    schema,
    jobs: number("SELECT count(*) FROM (SELECT 1 FROM jobs LIMIT 1)"),
  };
}

/** Attempts with an intent to start them. */
export function countAttempts(folder: string): number {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => existsSync(join(folder, name, "intent.json"))).length;
}
