import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { AttemptView, Job, Progress } from "../contract/job.ts";
import { mainOf } from "../contract/keeper.ts";
import { reasons } from "../job/reasons.ts";
import { attendedStates, isTerminal } from "../job/states.ts";
import { isDamage } from "../store/sqlite-errors.ts";
import type { AttemptRow, JobRow } from "../store/rows.ts";
import type { Context } from "./context.ts";
import { damageOf } from "./damage.ts";

/** A job as others see it: what is stored, and what is going on right now. */
export function viewOf(context: Context, row: JobRow): Job {
  const attempt = attemptIn(context, row);
  const damaged = damageOf(row, attempt, damageBeside(context, row));
  if (damaged !== null) context.store.foundDamage(row.id, damaged.fields);
  const attendance = context.attendances.get(row.id);
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    message:
      row.message ??
      attendance?.message ??
      (row.outcome === null || row.reason === null ? null : reasons[row.reason].words),
    spec: row.spec,
    createdAtMs: row.createdAtMs,
    startedAtMs: row.startedAtMs,
    endedAtMs: row.endedAtMs,
    waiting: row.state === "queued" ? context.dispatcher.waitingOf(row) : null,
    attempt: attempt === null ? null : attemptView(context, attempt),
    limits: attempt?.limits ?? context.engine.planLimits(row.spec),
    // A stop that goes on while the disk does not take its record is shown as well.
    stopping: isTerminal(row.state)
      ? null
      : (attendance?.stopping ?? (row.state === "stopping" ? asked() : null)),
    outcome: row.outcome,
    progress:
      attempt === null ? null : readProgress(join(context.engine.folderOf(attempt.id), "progress")),
    retryOf: row.retryOf,
    heldGpus: context.gpuHolds.ofJob(row.id),
    ...(damaged === null ? {} : { damaged }),
  };
}

/** What it holds is on record beside it. */
function damageBeside({ store }: Context, { state, attempt }: JobRow): string[] {
  const holds = attempt !== null && attendedStates.some((one) => one === state);
  return holds && store.allocations.isDamaged(attempt) ? ["allocation"] : [];
}

/** Its own page of the database may be one that cannot be read. */
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

export function attemptView({ engine }: Context, attempt: AttemptRow): AttemptView {
  // A pid of another namespace names another process here.
  const isHidden = attempt.endedAtMs === null && engine.sightOf(attempt) === "elsewhere";
  const claim = isHidden ? null : attempt.claim;
  return {
    number: attempt.number,
    id: attempt.id,
    tier: attempt.tier,
    pid: claim === null ? null : mainOf(claim).pid,
    keeperPid: claim?.keeper.pid ?? null,
    startedAtMs: attempt.startedAtMs,
    endedAtMs: attempt.endedAtMs,
    folder: engine.folderOf(attempt.id),
    gpuUuids: attempt.gpuUuids,
    ...(attempt.damaged === undefined ? {} : { damaged: [...attempt.damaged] }),
  };
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

const progressLimitBytes = 512;

/** The payload's `DONE/TOTAL free text`; null when it wrote none or something else. */
export function readProgress(path: string): Progress | null {
  let descriptor: number;
  try {
    // The payload may have put a FIFO or a link here: neither must hold or lead the server astray.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const buffer = Buffer.alloc(progressLimitBytes);
    const length = readSync(descriptor, buffer, 0, progressLimitBytes, 0);
    return parseProgress(buffer.toString("utf8", 0, length));
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

export function parseProgress(text: string): Progress | null {
  const found = /^\s*(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)(?:[ \t]+([^\n]*))?/.exec(text);
  if (found === null) return null;
  const [done, total] = [Number(found[1]), Number(found[2])];
  return total > 0
    ? { done: Math.min(done, total), total, text: (found[3] ?? "").trimEnd() }
    : null;
}
