import { basename } from "node:path";
import { RefusalError } from "../contract/problems.ts";
import { makeBackup } from "./backups.ts";
import { Database } from "./database.ts";
import { schemaVersion } from "./migrations.ts";
import { journalFiles, type JournalEnd } from "./journal-reader.ts";
import { type QuarantineWay, quarantine } from "./quarantine.ts";
import { replay } from "./replay.ts";
import { holdWaiting } from "./hold-waiting.ts";
import { restore, type Restored } from "./restore.ts";
import { damageIn, isSound } from "./salvage.ts";
import { databaseFiles, replaceDatabase } from "./sqlite-files.ts";
import {
  standingOf,
  type BackupEnd,
  type Found,
  type Standing,
  type StorePlaces,
} from "./standing.ts";

export interface Places extends StorePlaces {
  quarantineDir: string;
}

/** What a person has to be informed of; empty if nothing was wrong. */
export type Contradictions = string[];

/**
 * Before a store is opened: checks that it has every acknowledged commit. A store that lacks some is
 * restored from backup and journal, and what was found is kept in the quarantine. Throws
 * RefusalError `store_damaged` if a person has to decide: `holdfast repair`.
 */
export async function makeWhole(places: Places, nowMs: number): Promise<Contradictions> {
  const standing = standingOf(places);
  switch (standing.kind) {
    case "new":
      return [];
    case "missing":
    case "unreadable":
      throw new RefusalError({
        code: "store_damaged",
        details: { path: places.database, what: standing.why },
      });
    case "current":
      await backUpBeforeMigration(places, standing.found);
      return standing.doubt === null
        ? []
        : [
            `Whether the database has all that was acknowledged is not known: ${standing.doubt}, as after a power cut or if it was removed or exchanged. The database is used as it is.`,
          ];
    case "older":
      return standing.journal
        ? bringToBackup(places, standing, nowMs)
        : [await asIs(places, standing)];
    case "foreign":
      await backUpBeforeMigration(places, standing.found);
      return [quarantineJournal(places, standing, nowMs)];
    case "behind":
      return bringForward(places, standing, nowMs);
  }
}

type Older = Extract<Standing, { kind: "older" }>;

/** Either on purpose, or database and journal were lost together: only a person knows. */
async function asIs(places: Places, { found, backup }: Older): Promise<string> {
  await backUpBeforeMigration(places, found);
  return `The database has ${found.commits} commits and the backup ${backup.path} has ${backup.commits}; without a journal it is used as it is. If it was not put there on purpose: holdfast server stop, holdfast repair.`;
}

/** Its journal was exchanged for one of an earlier time, too. What is in the backup was acknowledged. */
async function bringToBackup(
  places: Places,
  { found, backup }: Older,
  atMs: number,
): Promise<Contradictions> {
  const lacks = `The database went back in time, and its journal with it: it has ${found.commits} commits, and the backup ${backup.path} has ${backup.commits}.`;
  const restored = fromBackup(places, backup);
  if (restored === null) {
    await backUpBeforeMigration(places, found);
    return [`${lacks} That backup cannot be used: the database is used as it is.`];
  }
  const kept = asFound(places, lacks, atMs, "link");
  replaceDatabase(restored.path, places.database);
  const journal = retireJournal(places, lacks, atMs);
  return [
    `${lacks} It was restored from that backup; what was acknowledged after it is missing, except for what the attempts' folders say. Jobs that were waiting then are held, because they may have run since. What was found is kept in ${kept} and ${journal}`,
  ];
}

/** Without a journal that continues from it: what was waiting then may have run since. */
function fromBackup(places: Places, backup: BackupEnd): Restored | null {
  const restored = restore(places, backup);
  if (restored === null) return null;
  const database = new Database(restored.path);
  try {
    database.transaction(() => holdWaiting(database));
  } finally {
    database.close();
  }
  return restored;
}

/** A migration that fails, or a return to the previous version, must lose nothing. */
async function backUpBeforeMigration(places: Places, { schema, jobs }: Found): Promise<void> {
  if (schema >= schemaVersion || jobs === 0) return;
  await makeBackup(places.database, places.backupsDir);
}

function quarantineJournal(
  places: Places,
  { found, end }: Extract<Standing, { kind: "foreign" }>,
  atMs: number,
): string {
  const why = `The journal belongs to another database (store ${end.store}) than ${basename(places.database)} (store ${found.store ?? "without a number"}).`;
  const kept = retireJournal(places, why, atMs);
  return `${why} The database is used as it is; the journal is kept in ${kept}`;
}

/** The next server begins a new one. Returns where the old one is kept; null: there was none. */
export function retireJournal(
  { journalDir, quarantineDir }: Pick<Places, "journalDir" | "quarantineDir">,
  why: string,
  atMs: number,
): string | null {
  const files = journalFiles(journalDir).map(({ path }) => path);
  return files.length === 0
    ? null
    : quarantine(quarantineDir, files, { what: "journal", why, atMs });
}

export interface PutBack {
  /** Where what was found is now; null: there was nothing. */
  kept: string | null;
  what: string;
}

/**
 * For `holdfast repair`: installs a database that has every acknowledged commit, whatever the state
 * of the existing database. Null: that database is sound and lacks nothing, or no backup with its
 * journal reaches that far.
 */
export function restoreAcknowledged(places: Places, atMs: number): PutBack | null {
  const standing = standingOf(places);
  const { kind } = standing;
  const isWhole = kind === "current" && isSound(places.database);
  if (kind === "new" || kind === "foreign" || isWhole) return null;
  const restored =
    standing.kind === "older" ? fromBackup(places, standing.backup) : restore(places);
  if (restored === null) return null;
  const why = "holdfast repair restored the database from backup and journal.";
  const isThere = databaseFiles(places.database).length > 0;
  const kept = isThere ? asFound(places, why, atMs, "link") : null;
  replaceDatabase(restored.path, places.database);
  if (standing.kind === "older") {
    retireJournal(places, why, atMs);
    return {
      kept,
      what: "the database was older than the last backup and was restored from that; what was acknowledged after the backup is missing, except for what the attempts' folders say; jobs that were waiting then are held",
    };
  }
  const base = restored.backup === null ? "the journal" : "the last backup and the journal";
  return {
    kept,
    what: `the database was restored from ${base}; nothing that was acknowledged is missing`,
  };
}

function bringForward(
  places: Places,
  { found, end }: Extract<Standing, { kind: "behind" }>,
  atMs: number,
): Contradictions {
  const lacks = `The database went back in time: it has ${found.commits} of ${end.last} acknowledged commits.`;
  const restored = restore(places);
  if (restored === null) return replayOnto(places, { found, end }, lacks, atMs);
  const kept = asFound(places, lacks, atMs, "link");
  replaceDatabase(restored.path, places.database);
  return [`${lacks} All of them were restored; what was found is kept in ${kept}`];
}

/** No backup reaches that far. The database as it was found is the only starting point. */
function replayOnto(
  places: Places,
  { found, end }: { found: Found; end: JournalEnd },
  lacks: string,
  atMs: number,
): Contradictions {
  assertIntact(places.database);
  const kept = asFound(places, lacks, atMs, "copy");
  const database = new Database(places.database, { schema: found.schema });
  try {
    const { commits, stopped } = replay(database, places.database, places.journalDir);
    database.migrate(places.database);
    if (stopped === null)
      return [`${lacks} All of them were restored; what was found is kept in ${kept}`];
    const missing = numbers(database.high.jobs + 1, end.high.jobs);
    database.reserve(end.high);
    const journal = retireJournal(places, lacks, atMs);
    const jobs = missing === null ? "" : ` Missing job numbers: ${missing}.`;
    return [
      `${lacks} ${commits} are there now; the others cannot be restored (${stopped}).${jobs} What was found is kept in ${kept} and ${journal}`,
    ];
  } finally {
    database.close();
  }
}

function asFound(places: Places, why: string, atMs: number, how: QuarantineWay): string {
  const files = databaseFiles(places.database);
  return quarantine(places.quarantineDir, files, { what: "store", why, atMs }, how);
}

/** A log of another time over a database file may give a mixture of both. */
function assertIntact(path: string): void {
  const what = damageIn(path);
  if (what !== null) throw new RefusalError({ code: "store_damaged", details: { path, what } });
}

function numbers(first: number, last: number): string | null {
  if (first > last) return null;
  return first === last ? String(first) : `${first}-${last}`;
}
