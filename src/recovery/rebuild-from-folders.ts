import { attemptOf } from "../containment/recalled.ts";
import type { Config } from "../config/config.ts";
import { jobRequest } from "../contract/job.ts";
import type { IntentRecord } from "../contract/keeper.ts";
import { inheritedByDefault } from "../job/inherited.ts";
import { bootId } from "../processes/boot.ts";
import type { Rebuild } from "../store/rebuild.ts";
import type { AttemptRow, StoredSpec } from "../store/rows.ts";
import type { Clock } from "../system/clock.ts";
import { attemptsOnDisk, sightOfAttempt, type AttemptOnDisk } from "./attempt-on-disk.ts";

/**
 * Stores the jobs of which only their attempts' folders tell. `all`: also brings jobs up to date that
 * the store calls waiting; a server does that itself.
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

export function specIn(intent: IntentRecord | null, config: Config): StoredSpec {
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
