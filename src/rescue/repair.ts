import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attemptOf } from "../containment/recalled.ts";
import type { Config } from "../config/config.ts";
import { jobRequest } from "../contract/job.ts";
import type { IntentRecord } from "../contract/keeper.ts";
import type { Repaired } from "../contract/rescue.ts";
import { bootId } from "../processes/boot.ts";
import { type Backup, backupsIn, storeOf } from "../store/backups.ts";
import { Database } from "../store/database.ts";
import { fillFromBackup } from "../store/fill-from-backup.ts";
import { Rebuild } from "../store/rebuild.ts";
import type { AttemptRow, StoredSpec } from "../store/rows.ts";
import { type PutBack, restoreAcknowledged, retireJournal } from "../store/make-whole.ts";
import { isSound, salvage } from "../store/salvage.ts";
import { moveDatabase, removeDatabase } from "../store/sqlite-files.ts";
import type { Clock } from "../system/clock.ts";
import { attemptsOnDisk, sightOfAttempt, type AttemptOnDisk } from "./attempt-on-disk.ts";
import { inheritedByDefault } from "../job/inherited.ts";
import { withoutServer } from "./without-server.ts";

/**
 * Makes a database that a server can start with: from what the old one can still tell, and what
 * the attempt folders tell. The old file stays beside it. Jobs whose keepers had claimed them
 * become `starting`, and the next server settles them by their records, as after any crash; so
 * nothing is concluded here. Throws RefusalError `server_already_running`.
 */
export function repair(config: Config, clock: Clock): Promise<Repaired> {
  const { paths } = config;
  return withoutServer(paths, async () => {
    const restored = restoreAcknowledged(paths, clock.nowMs());
    if (restored !== null) return await withFolders(restored, config, clock);
    const sound = existsSync(paths.database) && isSound(paths.database);
    if (sound) {
      const database = new Database(paths.database);
      try {
        const told = await rebuild(new Rebuild(database), config, clock);
        return {
          kept: null,
          what: wordsFor(true, false, told),
          salvaged: 0,
          fromBackup: 0,
          ...told,
        };
      } finally {
        database.close();
      }
    }
    return await replace(config, clock);
  });
}

/** All that was acknowledged is there again; folders may know of more. */
async function withFolders(
  { kept, what }: PutBack,
  config: Config,
  clock: Clock,
): Promise<Repaired> {
  const database = new Database(config.paths.database);
  try {
    const salvaged = Number(database.one("SELECT count(*) AS n FROM jobs")?.["n"]);
    return {
      kept,
      what,
      salvaged,
      fromBackup: 0,
      ...(await rebuild(new Rebuild(database), config, clock)),
    };
  } finally {
    database.close();
  }
}

/**
 * Made under another name and put in place when it is whole: a disk that is full, or a kill, in the
 * middle must not leave a sound and empty database with which a server would start.
 */
async function replace(config: Config, clock: Clock): Promise<Repaired> {
  const path = config.paths.database;
  const fresh = `${path}.new`;
  const missing = !existsSync(path);
  // One that a killed repair left: then the old one stands aside already.
  const earlier = missing && existsSync(fresh) ? newestAside(path) : null;
  removeDatabase(fresh);
  let kept: string | null = null;
  try {
    const database = new Database(fresh);
    let salvaged = 0;
    let fromBackup = 0;
    let told: Awaited<ReturnType<typeof rebuild>>;
    try {
      const from = missing ? earlier : setAside(path, clock.nowMs());
      kept = from;
      if (from !== null) salvaged = database.transaction(() => salvage(from, database));
      const backup = backupOf(database, config.paths.backupsDir);
      if (backup !== undefined)
        fromBackup = database.transaction(() => fillFromBackup(backup.path, database)).jobs;
      told = await rebuild(new Rebuild(database), config, clock);
      await mendFromFolders(database, config);
      told.lost.push(...damagedWords(database));
    } finally {
      database.close();
    }
    // SQLite says nothing where the disk does not take the last of it at the close.
    if (existsSync(`${fresh}-wal`))
      throw Object.assign(new Error("no room for the new database"), { code: "ENOSPC" });
    // First: with the database in its place a server would go on from it.
    retireJournal(
      config.paths,
      "the database was made anew from what could be read",
      clock.nowMs(),
    );
    moveDatabase(fresh, path);
    const { rebuilt, lost } = told;
    // Nothing of the old rows could be read, and only what had started has a folder.
    if (salvaged + fromBackup === 0) lost.push("jobs that had never started, if there were any");
    return { kept, what: wordsFor(false, missing, told), salvaged, fromBackup, rebuilt, lost };
  } catch (error) {
    if (kept !== null) moveDatabase(kept, path);
    removeDatabase(fresh);
    throw error;
  }
}

/** The newest one of the same store: a backup of another one has other jobs under the same numbers. */
function backupOf(database: Database, folder: string): Backup | undefined {
  const store = database.mark("store-id");
  return backupsIn(folder).find(({ path }) => {
    const its = storeOf(path);
    return its !== "unreadable" && (store === null || its === null || its === store);
  });
}

/** What the folders of its attempts tell of a job whose specification is damaged. */
async function mendFromFolders(database: Database, config: Config): Promise<void> {
  const specified = new Set(["spec", "name", "priority", "gpus"]);
  const jobs = new Set(
    database
      .damagedRows()
      .filter(({ table, columns }) => table === "jobs" && columns.some((one) => specified.has(one)))
      .map(({ key }) => Number(key)),
  );
  if (jobs.size === 0) return;
  for (const { intent } of await attemptsOnDisk(config.paths.attemptsDir, null)) {
    if (intent?.spec === undefined || !jobs.has(intent.job)) continue;
    const spec = specIn(intent, config);
    database.run(
      "UPDATE jobs SET spec = ?, name = ?, priority = ?, gpus = ? WHERE id = ?",
      JSON.stringify(spec),
      spec.name,
      spec.priority,
      spec.gpus,
      intent.job,
    );
  }
}

/** Rows that are still not what was written: everything shows them as damaged. */
function damagedWords(database: Database): string[] {
  return database
    .damagedRows()
    .map(({ table, key, columns }) => `${table} ${key}: ${columns.join(", ")} (damaged)`);
}

function newestAside(path: string): string | null {
  const prefix = `${basename(path)}.damaged-`;
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  const found = names.filter((name) => !/-(wal|shm)$/.test(name)).toSorted();
  const newest = found.at(-1);
  return newest === undefined ? null : join(dirname(path), newest);
}

function wordsFor(sound: boolean, missing: boolean, { rebuilt }: { rebuilt: number }): string {
  if (!sound) return missing ? "the database was missing" : "the database was damaged";
  return rebuilt === 0
    ? "the database is sound and knows of every attempt"
    : "the database is sound, but did not know of every attempt";
}

function setAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, "-");
  const kept = `${path}.damaged-${stamp}`;
  moveDatabase(path, kept);
  return kept;
}

/**
 * Stores the jobs of which only their attempts' folders tell. `all`: also brings jobs up to date that
 * the store calls waiting; a server does that itself.
 */
export async function rebuild(
  store: Rebuild,
  config: Config,
  clock: Clock,
  which: "all" | "unknown jobs" = "all",
  wanted: (attempt: string) => boolean = () => true,
): Promise<{ rebuilt: number; lost: string[] }> {
  const lost: string[] = [];
  let rebuilt = 0;
  const unknown = await attemptsOnDisk(
    config.paths.attemptsDir,
    null,
    (id) => !store.knows(id) && wanted(id),
  );
  for (const { folder, intent } of unknown)
    if (intent === null) lost.push(`${folder.path}: whose it is; its intent cannot be read`);
  const byJob = Map.groupBy(
    unknown.filter(({ intent }) => intent !== null),
    ({ intent }) => intent?.job ?? 0,
  );
  for (const [job, attempts] of byJob) {
    const state = store.stateOf(job);
    // A folder that a removal left behind is no lost job.
    if (state === null && store.wasRemoved(job)) continue;
    if (state !== null && which === "unknown jobs") continue;
    const claimed = await claimedOf(attempts, clock);
    if (state === null) {
      store.insert(rebuiltJob(job, attempts, claimed, config), clock.nowMs());
      lost.push(`job ${job}: ${lostOf(attempts)}`);
      rebuilt += 1;
    } else if (claimed !== undefined && (state === "queued" || state === "held")) {
      store.catchUp(job, rowOf(claimed), clock.nowMs());
      rebuilt += 1;
    }
  }
  return { rebuilt, lost };
}

/** The attempt that a keeper claimed, if any; the others are kept from ever starting. */
async function claimedOf(
  attempts: readonly AttemptOnDisk[],
  clock: Clock,
): Promise<AttemptOnDisk | undefined> {
  for (const attempt of attempts) {
    // Whether one has executed that cannot be seen, its own namespace's server finds out.
    if (sightOfAttempt(attempt) === "elsewhere") continue;
    if (attempt.claim !== null || attempt.exit !== null || attempt.unreadable.length > 0) continue;
    await attempt.folder.voidClaim({ boot_id: bootId(), voided_at_ms: clock.nowMs() });
    attempt.claim = await attempt.folder.readClaim();
  }
  return attempts.findLast(({ claim }) => claim === null || !("void" in claim));
}

function rebuiltJob(
  id: number,
  attempts: readonly AttemptOnDisk[],
  claimed: AttemptOnDisk | undefined,
  config: Config,
) {
  const [first] = attempts;
  return {
    id,
    spec: specIn(first?.intent ?? null, config),
    createdAtMs: first?.intent?.made_at_ms ?? 0,
    state: claimed === undefined ? ("failed" as const) : ("starting" as const),
    message: "rebuilt from its attempt's folder after the database was lost",
    attempts: attempts
      .filter((one) => one !== claimed)
      .concat(claimed ?? [])
      .map(rowOf),
  };
}

/** What an older server wrote does not have all of it. */
function lostOf(attempts: readonly AttemptOnDisk[]): string {
  const whole = attempts.some(({ intent }) => intent?.spec !== undefined);
  return whole ? "the values of its environment" : "its environment, limits, tags, name and GPUs";
}

function specIn(intent: IntentRecord | null, config: Config): StoredSpec {
  const { command = ["(unreadable)"], cwd = "/", spec } = intent ?? {};
  if (spec !== undefined) {
    const { adopt, inherited, ...rest } = spec;
    return {
      ...rest,
      command,
      cwd,
      ...(adopt === undefined ? {} : { adopt }),
      ...(inherited === undefined ? {} : { inherited }),
    };
  }
  const { name: _, env: __, ...request } = jobRequest.parse({ command, cwd });
  return {
    ...request,
    envNames: [],
    name: null,
    limitMs: null,
    graceMs: config.jobs.grace,
    stopScope: config.jobs.stop_scope,
    leaseMs: null,
    outputQuotaBytes: null,
    rlimits: {},
    inherited: inheritedByDefault,
  };
}

function rowOf({ id, intent }: AttemptOnDisk): AttemptRow {
  if (intent === null) throw new Error(`${id} has no intent`);
  return attemptOf(intent);
}
