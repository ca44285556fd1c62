import { join } from "node:path";
import type { AttemptView } from "../../contract/attempt.ts";
import type { Job } from "../../contract/job.ts";
import { mainOf } from "../../contract/keeper.ts";
import { reasons } from "../../job/reasons.ts";
import { followedStates, isTerminal } from "../../job/states.ts";
import { isDamage } from "../../store/sqlite-errors.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import { sampleMs } from "../attempt/awaited-sampling.ts";
import type { Context } from "../context.ts";
import { damageOf } from "./damage.ts";
import { readProgress } from "./progress.ts";

/** A job as others see it: what is stored, and its live state. */
export function viewOf(context: Context, row: JobRow): Job {
  const allocation = damagedAllocations(context, [row]);
  return view(context, row, { attempt: attemptIn(context, row), allocation, maxAgeMs: 0 });
}

/** The same of many, with one statement for all of their attempts, and what was last sampled of each. */
export function viewsOf(context: Context, rows: readonly JobRow[]): Job[] {
  const attempts = attemptsIn(context, rows);
  const allocation = damagedAllocations(context, rows);
  return rows.map((row) => {
    const attempt = row.attempt === null ? null : attempts.get(row.attempt);
    return attempt === undefined
      ? viewOf(context, row)
      : view(context, row, { attempt, allocation, maxAgeMs: sampleMs });
  });
}

interface Beside {
  attempt: AttemptRow | null;
  /** Attempts of which the record of what they hold is damaged. */
  allocation: ReadonlySet<string>;
  /** Of an inspection that is good enough. */
  maxAgeMs: number;
}

function view(context: Context, row: JobRow, { attempt, allocation, maxAgeMs }: Beside): Job {
  const beside = row.attempt !== null && allocation.has(row.attempt) ? ["allocation"] : [];
  const damaged = damageOf(row, attempt, beside);
  if (damaged !== null) context.store.foundDamage(row.id, damaged.fields);
  const follower = context.followers.get(row.id);
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    message:
      row.message ??
      (isTerminal(row.state) ? null : follower?.message(maxAgeMs)) ??
      (row.outcome === null || row.reason === null ? null : reasons[row.reason].words),
    spec: row.spec,
    createdAtMs: row.createdAtMs,
    startedAtMs: row.startedAtMs,
    endedAtMs: row.endedAtMs,
    waiting: row.state === "queued" ? context.dispatcher.waitingOf(row) : null,
    attempt: attempt === null ? null : attemptView(context, attempt),
    limits: attempt?.limits ?? context.engine.planLimits(row.spec),
    // A stop whose record the disk does not take is shown as well.
    stopping: isTerminal(row.state)
      ? null
      : (follower?.stopping ?? (row.state === "stopping" ? asked() : null)),
    outcome: row.outcome,
    progress:
      attempt === null ? null : readProgress(join(context.engine.folderOf(attempt.id), "progress")),
    retryOf: row.retryOf,
    heldGpus: context.gpuHolds.ofJob(row.id),
    ...(damaged === null ? {} : { damaged }),
  };
}

/** What an attempt holds is on record beside it, while it has not ended. */
function damagedAllocations({ store }: Context, rows: readonly JobRow[]): ReadonlySet<string> {
  const holds = rows.filter(({ state }) => followedStates.some((one) => one === state));
  return store.allocations.damagedAmong(holds.flatMap(({ attempt }) => attempt ?? []));
}

/** Its own page of the database may be unreadable. */
function attemptIn({ store }: Context, { id, attempt }: JobRow): AttemptRow | null {
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
function attemptsIn({ store }: Context, rows: readonly JobRow[]): Map<string, AttemptRow> {
  const ids = rows.flatMap(({ attempt }) => attempt ?? []);
  if (ids.length === 0) return new Map();
  try {
    return store.attempts.those(ids);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return new Map();
  }
}

export function attemptView(context: Context, attempt: AttemptRow): AttemptView {
  const { engine } = context;
  // A pid of another namespace names another process here.
  const isHidden = attempt.endedAtMs === null && engine.sightOf(attempt) === "elsewhere";
  const claim = isHidden ? null : attempt.claim;
  return {
    number: attempt.number,
    id: attempt.id,
    tier: attempt.tier,
    pid: claim === null ? null : mainOf(claim).pid,
    keeperPid: claim?.keeper.pid ?? unheardKeeper(context, attempt),
    startedAtMs: attempt.startedAtMs,
    endedAtMs: attempt.endedAtMs,
    folder: engine.folderOf(attempt.id),
    gpuUuids: attempt.gpuUuids,
    ...(attempt.damaged === undefined ? {} : { damaged: [...attempt.damaged] }),
  };
}

/** It lives, and the store does not have its claim yet. */
function unheardKeeper({ followers }: Context, { job, id }: AttemptRow): number | null {
  const follower = followers.get(job);
  return follower?.attempt.id === id ? follower.keeperPid : null;
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
