import { attemptOf, type RecalledAttempt } from "../containment/recalled.ts";
import type { Config } from "../config/config.ts";
import { jobRequest } from "../contract/job-request.ts";
import type { IntentRecord } from "../contract/keeper.ts";
import { inheritedByDefault } from "../job/inherited.ts";
import { bootId } from "../processes/boot.ts";
import type { Rebuild } from "../store/rebuild.ts";
import type { JobRow, StoredSpec } from "../store/rows.ts";
import type { Clock } from "../system/clock.ts";
import { attemptsOnDisk, sightOfAttempt, type AttemptOnDisk } from "./attempt-on-disk.ts";
import { isOfJob, jobKeyOf } from "./same-job.ts";

/**
 * Stores the jobs that only their attempts' folders know. `all`: also updates jobs that the store calls
 * waiting; a server does that itself.
 */
export async function rebuildFromFolders(
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
    if (intent === null)
      lost.push(`${folder.path}: its job is unknown, because its intent cannot be read`);
  const byJob = Map.groupBy(
    unknown.filter(({ intent }) => intent !== null),
    ({ intent }) => intent?.job ?? 0,
  );
  for (const [number, all] of byJob) {
    const known = store.job(number);
    const { attempts, others } = ofOneJob(all, known);
    for (const { folder } of others)
      lost.push(`${folder.path}: it is of another job with the number ${number}`);
    // A folder that a removal left behind is not a lost job.
    if (attempts.length === 0 || (known === null && store.wasRemoved(number))) continue;
    if (known !== null && which === "unknown jobs") continue;
    const claimed = await claimedOf(attempts, clock);
    if (known === null) {
      store.insert(rebuiltJob(number, attempts, claimed, config), clock.nowMs());
      lost.push(`job ${number}: ${lostOf(attempts)}`);
      rebuilt += 1;
    } else if (claimed !== undefined && (known.state === "queued" || known.state === "held")) {
      store.catchUp(number, rowOf(claimed), clock.nowMs());
      rebuilt += 1;
    }
  }
  return { rebuilt, lost };
}

/**
 * If databases were exchanged, attempts with the same number may belong to several jobs. Returns those
 * of the job that the store knows; otherwise those of the job with the newest attempt.
 */
function ofOneJob(
  all: readonly AttemptOnDisk[],
  known: JobRow | null,
): { attempts: AttemptOnDisk[]; others: AttemptOnDisk[] } {
  const newest = all.map(rowOf).toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0];
  const isIts = (attempt: RecalledAttempt) =>
    known === null
      ? newest !== undefined && jobKeyOf(attempt) === jobKeyOf(newest)
      : isOfJob(attempt, known);
  return {
    attempts: all.filter((one) => isIts(rowOf(one))),
    others: all.filter((one) => !isIts(rowOf(one))),
  };
}

/** The attempt that a keeper claimed, if any; the others are prevented from ever starting. */
async function claimedOf(
  attempts: readonly AttemptOnDisk[],
  clock: Clock,
): Promise<AttemptOnDisk | undefined> {
  for (const attempt of attempts) {
    // For an attempt that cannot be seen, the server in its own namespace finds out whether it has executed.
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
    uuid: first?.intent?.job_uuid ?? null,
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

export function specIn(intent: IntentRecord | null, config: Config): StoredSpec {
  const { command = ["(unreadable)"], cwd = "/", spec } = intent ?? {};
  if (spec !== undefined) {
    const { adopt, engine, inherited, ...rest } = spec;
    return {
      ...rest,
      command,
      cwd,
      ...(adopt === undefined ? {} : { adopt }),
      ...(engine === undefined ? {} : { engine }),
      ...(inherited === undefined ? {} : { inherited }),
    };
  }
  const { name: _, env: __, engine: ___, ...request } = jobRequest.parse({ command, cwd });
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

function rowOf({ id, intent }: AttemptOnDisk): RecalledAttempt {
  if (intent === null) throw new Error(`${id} has no intent`);
  return attemptOf(intent);
}
