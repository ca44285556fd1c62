import { join } from "node:path";
import type { AttemptView } from "../../contract/attempt.ts";
import type { Job } from "../../contract/job.ts";
import { asksForLimits } from "../../job/limits.ts";
import { followedStates, isTerminal } from "../../job/states.ts";
import { attemptViewOf } from "../../reading/attempt-view.ts";
import { jobOf } from "../../reading/job-of.ts";
import { readLastProgress, readProgress } from "../../reading/progress.ts";
import { isDamage } from "../../store/sqlite-errors.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import { sampleMs } from "../attempt/awaited-sampling.ts";
import type { Follower } from "../attempt/follower.ts";
import { folderOf } from "../attempt/folder.ts";
import type { Context } from "../context.ts";
import { isElsewhere } from "../recovery/other-namespace.ts";
import type { HeldGpus } from "../gpu/held-gpus.ts";
import type { QueueControl } from "../queue/queue-control.ts";
import { damageOf } from "./damage.ts";

/** What a job is shown from. */
export type ViewParts = Pick<Context, "store" | "engines" | "config" | "followers" | "clock"> & {
  dispatcher: Pick<QueueControl, "waitingOf">;
  gpuHolds: Pick<HeldGpus, "ofJob">;
};
/** What an attempt is shown from. */
export type AttemptViewParts = Pick<ViewParts, "engines" | "config" | "followers">;

/** A job as others see it: what is stored, and its live state. */
export async function jobViewOf(context: ViewParts, row: JobRow): Promise<Job> {
  const allocation = damagedAllocations(context, [row]);
  return await view(context, row, { attempt: attemptIn(context, row), allocation, maxAgeMs: 0 });
}

/** The same of many, with one statement for all of their attempts, and what was last sampled of each. */
export async function viewsOf(context: ViewParts, rows: readonly JobRow[]): Promise<Job[]> {
  const attempts = attemptsIn(context, rows);
  const allocation = damagedAllocations(context, rows);
  const views = rows.map((row) => {
    const attempt = row.attempt === null ? null : attempts.get(row.attempt);
    return attempt === undefined
      ? jobViewOf(context, row)
      : view(context, row, { attempt, allocation, maxAgeMs: sampleMs });
  });
  return await Promise.all(views);
}

interface Beside {
  attempt: AttemptRow | null;
  /** Attempts of which the record of what they hold is damaged. */
  allocation: ReadonlySet<string>;
  /** Of an inspection that is good enough. */
  maxAgeMs: number;
}

/** What is stored and in memory is read first, at one moment; then files, which are asked for without waiting. */
async function view(
  context: ViewParts,
  row: JobRow,
  { attempt, allocation, maxAgeMs }: Beside,
): Promise<Job> {
  const beside = row.attempt !== null && allocation.has(row.attempt) ? ["allocation"] : [];
  const damaged = damageOf(row, attempt, beside);
  if (damaged !== null) context.store.foundDamage(row.id, damaged.fields);
  const ended = isTerminal(row.state);
  const follower = context.followers.get(row.id);
  const waiting = waitingOf(context, row, follower);
  const heldGpus = context.gpuHolds.ofJob(row.id);
  // What it waits for is in `waiting`.
  const isSilent = row.message !== null || ended || waiting !== null;
  // One after the other, and only where there is something to ask: a list has many jobs. The message comes
  // first: it may name the keeper that was found for it, which the attempt has to name as well.
  const awaited = isSilent || follower === undefined ? null : await follower.message(maxAgeMs);
  const isLive = attempt !== null && attempt.endedAtMs === null;
  const attemptSeen =
    attempt === null
      ? null
      : isLive
        ? await attemptView(context, attempt)
        : attemptViewOf(context.config.paths.attemptsDir, attempt, attempt.claim);
  const progress =
    attempt === null
      ? null
      : isLive
        ? await liveProgress(context, attempt, follower, maxAgeMs)
        : await readLastProgress(progressFile(context, attempt));
  return jobOf(row, {
    awaited,
    waiting,
    attempt: attemptSeen,
    limits: attempt?.limits ?? (await plannedLimits(context, row)),
    // A stop whose record the disk does not take is shown as well.
    stopping: ended ? null : (follower?.stopping ?? (row.state === "stopping" ? asked() : null)),
    progress,
    heldGpus,
    ...(damaged === null ? {} : { damaged }),
  });
}

/** Of a queued job, and of a job that its engine has accepted and not started. */
function waitingOf(
  { dispatcher }: Pick<ViewParts, "dispatcher">,
  row: JobRow,
  follower: Follower | undefined,
): Job["waiting"] {
  if (row.state === "queued") return dispatcher.waitingOf(row);
  return row.state === "starting" ? (follower?.waitingThere ?? null) : null;
}

/** Before it has an attempt. Those of an engine that this server does not have are not known. */
async function plannedLimits(
  { engines }: Pick<ViewParts, "engines">,
  { spec }: JobRow,
): Promise<Job["limits"]> {
  if (!asksForLimits(spec)) return [];
  const plan = await engines.named(spec.engine ?? engines.local.name)?.plan("", spec);
  return plan?.limits ?? [];
}

/** What an attempt holds is on record beside it, while it has not ended. */
function damagedAllocations(
  { store }: Pick<ViewParts, "store">,
  rows: readonly JobRow[],
): ReadonlySet<string> {
  const holds = rows.filter(({ state }) => followedStates.some((one) => one === state));
  return store.allocations.damagedAmong(holds.flatMap(({ attempt }) => attempt ?? []));
}

/** Its own page of the database may be unreadable. */
function attemptIn(
  { store }: Pick<ViewParts, "store">,
  { id, attempt }: JobRow,
): AttemptRow | null {
  if (attempt === null) return null;
  try {
    return store.attempts.get(attempt);
  } catch (error) {
    if (!isDamage(error)) throw error;
    store.foundDamage(id, ["attempt"]);
    return null;
  }
}

/** By their ids. Those that are missing are asked for one by one: a page or an id may be damaged. */
function attemptsIn(
  { store }: Pick<ViewParts, "store">,
  rows: readonly JobRow[],
): Map<string, AttemptRow> {
  const ids = rows.flatMap(({ attempt }) => attempt ?? []);
  if (ids.length === 0) return new Map();
  try {
    return store.attempts.those(ids);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return new Map();
  }
}

export async function attemptView(
  context: AttemptViewParts,
  attempt: AttemptRow,
): Promise<AttemptView> {
  if (attempt.endedAtMs !== null)
    return attemptViewOf(context.config.paths.attemptsDir, attempt, attempt.claim);
  // A pid of another namespace names another process here.
  const claim = (await isElsewhere(context.engines, attempt)) ? null : attempt.claim;
  const unheardPid = claim === null ? await unheardKeeper(context, attempt) : null;
  return attemptViewOf(context.config.paths.attemptsDir, attempt, claim, unheardPid);
}

/** A list has many ended attempts, most without progress: those take no turn of the event loop. */
function progressFile(context: Pick<ViewParts, "config">, { id }: AttemptRow): string {
  return join(folderOf(context, id), "progress");
}

/** What was read last of each attempt that is followed. */
const samples = new WeakMap<Follower, { atMs: number; progress: Promise<Job["progress"]> }>();

/** Most jobs write none, and the question alone is a sixth of what a list of running jobs costs. */
async function liveProgress(
  context: Pick<ViewParts, "config" | "clock">,
  attempt: AttemptRow,
  follower: Follower | undefined,
  maxAgeMs: number,
): Promise<Job["progress"]> {
  const atMs = context.clock.monotonicMs();
  const sample = follower === undefined ? undefined : samples.get(follower);
  if (sample !== undefined && atMs - sample.atMs < maxAgeMs) return await sample.progress;
  const progress = readProgress(progressFile(context, attempt));
  if (follower !== undefined) samples.set(follower, { atMs, progress });
  return await progress;
}

/** It lives, and the store does not have its claim yet. */
async function unheardKeeper(
  { followers, engines }: Pick<ViewParts, "followers" | "engines">,
  { job, id }: AttemptRow,
): Promise<number | null> {
  const attempt = followers.get(job)?.attempt;
  if (attempt?.id !== id) return null;
  return (await engines.machineOf(attempt)?.keepers.pidOf(attempt)) ?? null;
}

/** The request is recorded and the keeper has not answered yet: nothing was observed so far. */
function asked(): Job["stopping"] {
  return {
    phase: "asked",
    stopAgeMs: null,
    killInMs: null,
    total: null,
    left: null,
    survivors: [],
    stuck: false,
    container: null,
    gpus: [],
  };
}
