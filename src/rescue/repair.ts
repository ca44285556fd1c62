import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attemptOf } from "../containment/recalled.ts";
import type { Config } from "../config/config.ts";
import type { Repaired } from "../contract/rescue.ts";
import { attemptsOnDisk } from "../recovery/attempt-on-disk.ts";
import { isOfJob } from "../recovery/same-job.ts";
import { copied, recordOwn, refuseCopy, standingOfFolder } from "../recovery/copied-folder.ts";
import { rebuildFromFolders, specIn } from "../recovery/rebuild-from-folders.ts";
import { type Backup, backupsIn, storeOf } from "../store/backups.ts";
import { nameOf } from "../store/damaged-rows.ts";
import { Database } from "../store/database.ts";
import { Documents, hasHash } from "../store/documents.ts";
import { fillFromBackup } from "../store/fill-from-backup.ts";
import { mendOutcomes } from "../store/mend-outcomes.ts";
import { Rebuild } from "../store/rebuild.ts";
import {
  makeWhole,
  type PutBack,
  restoreAcknowledged,
  retireJournal,
} from "../store/make-whole.ts";
import { isSound, salvage } from "../store/salvage.ts";
import { standingOf } from "../store/standing.ts";
import { databaseFiles, moveDatabase, removeDatabase } from "../store/sqlite-files.ts";
import type { Clock } from "../system/clock.ts";
import { openStore } from "./own-store.ts";
import { withoutServer } from "./without-server.ts";

/**
 * Makes a database that a server can start with, from what is readable in the old one and in the
 * attempt folders. The old file stays beside it. Jobs whose keepers had claimed them become
 * `starting`, and the next server settles them by their records, as after any crash; so nothing is
 * concluded here. Throws RefusalError `server_already_running`.
 */
export function repair(config: Config, clock: Clock, thisCopy = false): Promise<Repaired> {
  const { paths } = config;
  return withoutServer(paths, async () => {
    const standing = thisCopy ? standingOfFolder(paths) : refuseCopy(paths);
    if (standing.kind === "copy" && standing.runs) throw copied(paths, standing);
    const repaired = await repairDatabase(config, clock);
    if (standing.kind !== "copy") return repaired;
    const store = openStore(config, clock);
    try {
      store.rebuild.holdWaiting(waitedInCopy);
    } finally {
      store.close();
    }
    // Last: until then it is a copy.
    await recordOwn(paths);
    const used = `this copy of ${standing.original} is used from now on; jobs that were waiting are held`;
    return { ...repaired, what: `${used}; ${repaired.what}` };
  });
}

const waitedInCopy =
  "it was waiting when this state folder was copied, and the original may run it: holdfast release starts it here";

async function repairDatabase(config: Config, clock: Clock): Promise<Repaired> {
  const { paths } = config;
  const restored = restoreAcknowledged(paths, clock.nowMs());
  if (restored !== null) return await withFolders(restored, config, clock);
  // An empty database is sound as well, and has less than any backup.
  const isEmpty = standingOf(paths).kind === "missing";
  const sound = !isEmpty && existsSync(paths.database) && isSound(paths.database);
  return sound ? await withUnknownJobs(config, clock) : await replace(config, clock);
}

/** Adds what the journal still has, and jobs that only folders know. */
async function withUnknownJobs(config: Config, clock: Clock): Promise<Repaired> {
  const contradictions = await makeWhole(config.paths, clock.nowMs());
  const store = openStore(config, clock);
  try {
    const fromFolders = await rebuildFromFolders(store.rebuild, config, clock);
    const what =
      contradictions.length > 0 ? contradictions.join(" ") : messageFor(true, false, fromFolders);
    return { kept: null, what, salvaged: 0, fromBackup: 0, ...fromFolders };
  } finally {
    store.close();
  }
}

/** Every acknowledged commit is there again; folders may have more. */
async function withFolders(
  { kept, what }: PutBack,
  config: Config,
  clock: Clock,
): Promise<Repaired> {
  const store = openStore(config, clock);
  try {
    const salvaged = store.count();
    const fromFolders = await rebuildFromFolders(store.rebuild, config, clock);
    return { kept, what, salvaged, fromBackup: 0, ...fromFolders };
  } finally {
    store.close();
  }
}

/**
 * Made under another name and put in place when it is complete: a full disk or a kill in the middle
 * must not leave a sound but empty database with which a server would start.
 */
async function replace(config: Config, clock: Clock): Promise<Repaired> {
  const path = config.paths.database;
  const fresh = `${path}.new`;
  const missing = !existsSync(path);
  // A file that a killed repair left: then the old database is already renamed.
  const earlier = missing && existsSync(fresh) ? newestMoved(path) : null;
  removeDatabase(fresh);
  let kept: string | null = null;
  try {
    const database = new Database(fresh);
    let salvaged = 0;
    let fromBackup = 0;
    let fromFolders: Awaited<ReturnType<typeof rebuildFromFolders>>;
    try {
      const from = missing ? earlier : moveDamaged(path, clock.nowMs());
      kept = from;
      if (from !== null) salvaged = database.transaction(() => salvage(from, database));
      const backup = backupOf(database, config.paths.backupsDir);
      if (backup !== undefined)
        fromBackup = database.transaction(() => fillFromBackup(backup.path, database)).jobs;
      fromFolders = await rebuildFromFolders(new Rebuild(database), config, clock);
      await mendFromFolders(database, config);
      mendOutcomes(database);
      fromFolders.lost.push(...damagedMessage(database));
      skipBackups(database, config.paths.backupsDir);
    } finally {
      database.close();
    }
    // SQLite reports no error if the disk does not take the last part at the close.
    if (existsSync(`${fresh}-wal`))
      throw Object.assign(new Error("no room for the new database"), { code: "ENOSPC" });
    // First: with the database in its place a server would continue that journal.
    retireJournal(config.paths, "the database was rebuilt from what could be read", clock.nowMs());
    // The log of a file that is gone would be read as this one's.
    if (databaseFiles(path).length > 0) moveDamaged(path, clock.nowMs());
    moveDatabase(fresh, path);
    // Its journal begins here: without one the next start could not know whether something is missing.
    openStore(config, clock).close();
    const { rebuilt, lost } = fromFolders;
    // Nothing of the old rows could be read, and only what had started has a folder.
    if (fromBackup > 0)
      lost.push(
        "jobs that were submitted after the last backup and had never started, if there were any",
      );
    if (salvaged + fromBackup === 0) lost.push("jobs that had never started, if there were any");
    return {
      kept,
      what: messageFor(false, missing, fromFolders),
      salvaged,
      fromBackup,
      rebuilt,
      lost,
    };
  } catch (error) {
    if (kept !== null) moveDatabase(kept, path);
    removeDatabase(fresh);
    throw error;
  }
}

/** It is newer than any backup, whatever commits could be counted: none is put in its place. */
function skipBackups(database: Database, folder: string): void {
  const [newest] = backupsIn(folder);
  if (newest !== undefined && newest.commits >= database.commits)
    database.transaction(() => database.skipTo(newest.commits + 1));
}

/** The newest backup of the same store: a backup of another store has other jobs under the same numbers. */
function backupOf(database: Database, folder: string): Backup | undefined {
  const store = database.mark("store-id");
  return backupsIn(folder).find(({ path }) => {
    const its = storeOf(path);
    return its !== "unreadable" && (store === null || its === null || its === store);
  });
}

/** Repairs damaged specifications of jobs from the folders of their attempts. */
async function mendFromFolders(database: Database, config: Config): Promise<void> {
  const specified = new Set(["spec", "name", "priority", "gpus"]);
  const damaged = database.damagedRows("jobs", "documents");
  if (damaged.length === 0) return;
  const rebuild = new Rebuild(database);
  for (const { intent } of await attemptsOnDisk(config.paths.attemptsDir, null)) {
    if (intent?.spec === undefined) continue;
    const job = rebuild.job(intent.job);
    if (job === null || !job.damaged.some((field) => specified.has(field))) continue;
    if (isOfJob(attemptOf(intent), job)) rebuild.specified(intent.job, specIn(intent, config));
  }
  new Documents(database).removeAllUnused();
}

/** Rows that are still not what was written: everything shows them as damaged. */
function damagedMessage(database: Database): string[] {
  const args = database.damagedRows().flatMap(({ table, keys, columns }) => {
    const rows: { name: string; fields: readonly string[] }[] =
      table === "documents"
        ? usersOf(database, String(keys[0])).map(({ job, field }) => ({
            name: `jobs ${job}`,
            fields: [field],
          }))
        : [{ name: nameOf({ table, keys, columns }), fields: columns.map(withoutHash) }];
    return rows.map(({ name, fields }) => `${name}: ${fields.join(", ")} (damaged)`);
  });
  return [...new Set(args)];
}

/** Jobs that share a document, and what it is to them. */
function usersOf(database: Database, hash: string): { job: number; field: string }[] {
  return (["spec", "env"] as const).flatMap((field) =>
    database
      .all(`SELECT id FROM jobs WHERE ${hasHash(`${field}_hash`, "?1")}`, hash)
      .map(({ id }) => ({ job: Number(id), field })),
  );
}

/** `spec_hash` names the specification. */
function withoutHash(column: string): string {
  return column.replace(/_hash$/, "");
}

function newestMoved(path: string): string | null {
  const prefix = `${basename(path)}.damaged-`;
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  const found = names.filter((name) => !/-(wal|shm)$/.test(name)).toSorted();
  const newest = found.at(-1);
  return newest === undefined ? null : join(dirname(path), newest);
}

function messageFor(sound: boolean, missing: boolean, { rebuilt }: { rebuilt: number }): string {
  if (!sound) return missing ? "the database was missing" : "the database was damaged";
  return rebuilt === 0
    ? "the database is sound and knows of every attempt"
    : "the database is sound, but did not know of every attempt";
}

function moveDamaged(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, "-");
  const kept = `${path}.damaged-${stamp}`;
  moveDatabase(path, kept);
  return kept;
}
