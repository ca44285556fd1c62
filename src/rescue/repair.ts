import { existsSync, renameSync } from "node:fs";
import { attemptOf } from "../containment/recalled.ts";
import type { Config } from "../config/config.ts";
import { jobRequest } from "../contract/job.ts";
import type { Repaired } from "../contract/rescue.ts";
import { bootId } from "../processes/boot.ts";
import { Database } from "../store/database.ts";
import { Rebuild } from "../store/rebuild.ts";
import type { AttemptRow } from "../store/rows.ts";
import { isSound, salvage } from "../store/salvage.ts";
import type { Clock } from "../system/clock.ts";
import { attemptsOnDisk, type AttemptOnDisk } from "./attempt-on-disk.ts";
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
    const sound = existsSync(paths.database) && isSound(paths.database);
    const missing = !existsSync(paths.database);
    const kept = sound || missing ? null : setAside(paths.database, clock.nowMs());
    const database = new Database(paths.database);
    try {
      const salvaged = kept === null ? 0 : database.transaction(() => salvage(kept, database));
      const told = await rebuild(new Rebuild(database), config, clock);
      return { kept, what: wordsFor(sound, missing, told), salvaged, ...told };
    } finally {
      database.close();
    }
  });
}

function wordsFor(sound: boolean, missing: boolean, { rebuilt }: { rebuilt: number }): string {
  if (!sound) return missing ? "the database was missing" : "the database was damaged";
  return rebuilt === 0
    ? "the database is sound and knows of every attempt"
    : "the database is sound, but did not know of every attempt";
}

/** With its write-ahead log, which belongs to it and to no other. */
function setAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[:.]/g, "-");
  const kept = `${path}.damaged-${stamp}`;
  renameSync(path, kept);
  for (const suffix of ["-wal", "-shm"])
    if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
  return kept;
}

async function rebuild(
  store: Rebuild,
  config: Config,
  clock: Clock,
): Promise<{ rebuilt: number; lost: string[] }> {
  const lost: string[] = [];
  let rebuilt = 0;
  const unknown = (await attemptsOnDisk(config.paths.attemptsDir, null)).filter(
    ({ id }) => !store.knows(id),
  );
  for (const { folder, intent } of unknown)
    if (intent === null) lost.push(`${folder.path}: whose it is; its intent cannot be read`);
  const byJob = Map.groupBy(
    unknown.filter(({ intent }) => intent !== null),
    ({ intent }) => intent?.job ?? 0,
  );
  for (const [job, attempts] of byJob) {
    const claimed = await claimedOf(attempts, clock);
    const state = store.stateOf(job);
    if (state === null) {
      store.insert(rebuiltJob(job, attempts, claimed, config), clock.nowMs());
      lost.push(`job ${job}: its environment, limits, tags, name and GPUs`);
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
  const { name: _, ...request } = jobRequest.parse({
    command: first?.intent?.command ?? [],
    cwd: first?.intent?.cwd ?? "/",
  });
  return {
    id,
    spec: {
      ...request,
      name: null,
      limitMs: null,
      graceMs: config.jobs.grace,
      leaseMs: null,
      outputQuotaBytes: null,
      rlimits: {},
    },
    createdAtMs: first?.intent?.made_at_ms ?? 0,
    state: claimed === undefined ? ("failed" as const) : ("starting" as const),
    message: "rebuilt from its attempt's folder after the database was lost",
    attempts: attempts
      .filter((one) => one !== claimed)
      .concat(claimed ?? [])
      .map(rowOf),
  };
}

function rowOf({ id, intent }: AttemptOnDisk): AttemptRow {
  if (intent === null) throw new Error(`${id} has no intent`);
  return attemptOf(intent);
}
