import type { Stopping } from "../contract/job.ts";
import type { ProofBy, Sweep } from "../engines/engine.ts";
import type { Reason } from "../job/reasons.ts";
import { waitChannelOf } from "../processes/process-table.ts";
import type { AttemptRow } from "../store/rows.ts";
import { pause } from "../system/clock.ts";
import type { Context } from "./context.ts";
import { publishLive } from "./observe.ts";
import { StuckWatch } from "./stuck-watch.ts";

const firstBackoffMs = 5;
const longestBackoffMs = 1000;

export interface SweepResult {
  /** Everybody who was found, with the last seen name. */
  stopped: { pid: number; comm: string }[];
  /** True: the kernel says that nobody is left, by those means. Null: there was nobody to ask. */
  proven: boolean | null;
  by: ProofBy[];
  startedAtMs: number;
}

/**
 * Stops what a lost keeper left behind and returns when nothing of it is found
 * any more: the group empty by the kernel's word, or without a group two rounds
 * in a row that found nobody. An unkillable process keeps this going for ever,
 * with its name in the job's view.
 */
export async function sweepUntilEmpty(
  context: Context,
  attempt: AttemptRow,
  reason: Reason,
  tell: (stopping: Stopping) => void,
): Promise<SweepResult> {
  const { engine, clock } = context;
  const watch = new StuckWatch(clock, (pid) => engine.whyStuck(pid));
  const stopped = new Map<number, string>();
  const startedAtMs = clock.nowMs();
  const began = clock.monotonicMs();
  distrust(context, attempt);
  markStopping(context, attempt.job, reason);
  let quiet = 0;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    const sweep = await engine.sweep(attempt);
    for (const { identity, comm } of sweep.left) stopped.set(identity.pid, comm);
    quiet = sweep.left.length === 0 && sweep.proven !== false ? quiet + 1 : 0;
    if (quiet >= (sweep.proven === true ? 1 : 2)) {
      engine.releaseGroup(attempt);
      watch.close();
      return {
        stopped: [...stopped].map(([pid, comm]) => ({ pid, comm })),
        proven: sweep.proven,
        by: sweep.by,
        startedAtMs,
      };
    }
    watch.heard(sweep.left.map(({ identity }) => identity));
    const stopAgeMs = Math.round(clock.monotonicMs() - began);
    const stopping = viewOf(sweep, stopped.size, stopAgeMs, watch);
    tell(stopping);
    publishLive(context, attempt.job, stopping);
    await pause(clock, backoffMs);
  }
}

/** Before the first signal: when its survivors are gone, nothing else tells any more that it left some. */
function distrust({ store }: Context, attempt: AttemptRow): void {
  if (attempt.distrusted) return;
  store.commitNow("distrusted", () => store.attempts.distrust(attempt.id));
  attempt.distrusted = true;
}

/** `stopping` from whatever state before it, where something has to be waited for that nobody asked to stop. */
export function markStopping({ store, clock }: Context, job: number, reason: Reason): void {
  store.commitNow("sweeping", () => {
    const state = store.jobs.get(job)?.state;
    if (state === "starting" || state === "running" || state === "paused") {
      store.jobs.advance(job, state, "stop", clock.nowMs(), { reason });
    }
  });
}

function viewOf({ left }: Sweep, total: number, stopAgeMs: number, watch: StuckWatch): Stopping {
  return {
    phase: "verifying",
    stopAgeMs,
    killInMs: 0,
    total,
    left: left.length,
    survivors: left.slice(0, 16).map(({ identity, comm, state, denied }) => ({
      pid: identity.pid,
      command: comm,
      state,
      waitChannel: waitChannelOf(identity.pid),
      denied,
      stack: watch.whyStuck(identity.pid).stack,
      obstacle: watch.whyStuck(identity.pid).obstacle,
    })),
    stuck: watch.stuck,
    container: null,
    gpus: [],
  };
}
