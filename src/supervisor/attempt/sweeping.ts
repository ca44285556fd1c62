import type { Stopping } from "../../contract/stopping.ts";
import type { EndedOrphans } from "../../containment/spawner.ts";
import type { ProofBy, Sweep, WhyStuck } from "../../engines/machine.ts";
import type { Reason } from "../../job/reasons.ts";
import { waitChannelOf } from "../../processes/process-table.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { pause } from "../../system/clock.ts";
import type { Context } from "../context.ts";
import { publishLive, type PublishParts } from "./observe.ts";
import { StuckWatch } from "./stuck-watch.ts";

export type SweepParts = PublishParts & Pick<Context, "store" | "engines">;

const firstBackoffMs = 5;
const longestBackoffMs = 1000;

export interface StoppedProcess {
  pid: number;
  start: number;
  /** Its name when it was seen last. */
  comm: string;
  aliveAtMs: number;
  /** When it was first not found any more; null: the last search still found it. */
  goneAtMs: number | null;
  /** The kernel refused the last signal to it. */
  denied: boolean;
}

export interface SweepResult {
  /** Every process that was found. */
  stopped: StoppedProcess[];
  /** True: the kernel says that no process is left, by those means. Null: the kernel could not be asked. */
  proven: boolean | null;
  by: ProofBy[];
  /** What the process that had started the keeper reaped; null: it could not be asked. */
  orphans: EndedOrphans | null;
  startedAtMs: number;
  endedAtMs: number;
}

/**
 * Stops what a lost keeper left behind and returns when nothing of it is found
 * any more: the kernel counts no process in the group or, without a group, two
 * consecutive rounds found no process. An unkillable process makes this run
 * indefinitely; the job's view names it.
 */
export async function sweepUntilEmpty(
  context: SweepParts,
  attempt: AttemptRow,
  reason: Reason,
  report: (stopping: Stopping) => void,
): Promise<SweepResult> {
  const { engines, clock } = context;
  const machine = engines.machineOf(attempt);
  // A round that cannot search throws: nothing may ask about its processes afterwards.
  using watch = new StuckWatch(clock, async (pid) =>
    machine === null ? unknown : await machine.processes.whyStuck(pid),
  );
  const stopped = new Map<string, StoppedProcess>();
  const startedAtMs = clock.nowMs();
  const began = clock.monotonicMs();
  distrust(context, attempt);
  markStopping(context, attempt.job, reason);
  let quiet = 0;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    const sampledAtMs = clock.nowMs();
    const sweep = await sweepOnce(context, attempt);
    note(stopped, sweep, sampledAtMs, clock.nowMs());
    quiet = sweep.left.length === 0 && sweep.proven !== false ? quiet + 1 : 0;
    if (quiet >= (sweep.proven === true ? 1 : 2)) {
      await machine?.containment.releaseGroup(attempt);
      return {
        stopped: [...stopped.values()],
        proven: sweep.proven,
        by: sweep.by,
        orphans: (await machine?.sweeping.endedOrphansOf(attempt)) ?? null,
        startedAtMs,
        endedAtMs: clock.nowMs(),
      };
    }
    watch.heard(sweep.left.map(({ identity }) => identity));
    const stopAgeMs = Math.round(clock.monotonicMs() - began);
    const stopping = stoppingIn(sweep, stopped.size, stopAgeMs, watch);
    report(stopping);
    publishLive(context, attempt.job, { stopping });
    await pause(clock, backoffMs);
  }
}

/** Elsewhere its engine is asked to stop it, and only the engine's own count proves that nothing is left. */
async function sweepOnce(
  { engines }: Pick<Context, "engines">,
  attempt: AttemptRow,
): Promise<Sweep> {
  const engine = engines.of(attempt);
  if (engine.machine !== null) return await engine.machine.sweeping.sweep(attempt);
  await engine.stop(attempt);
  const { populated } = await engine.prove(attempt);
  const isEmpty = populated === false;
  return { left: [], proven: isEmpty, by: isEmpty ? ["engine"] : [] };
}

const unknown: WhyStuck = { stack: null, obstacle: null };

/** Adds one more round to the list of what was found. */
function note(
  stopped: Map<string, StoppedProcess>,
  { left }: Sweep,
  sampledAtMs: number,
  nowMs: number,
): void {
  const there = new Set<string>();
  for (const { identity, comm, denied } of left) {
    const key = `${identity.pid} ${identity.start}`;
    there.add(key);
    stopped.set(key, {
      pid: identity.pid,
      start: identity.start,
      comm,
      aliveAtMs: sampledAtMs,
      goneAtMs: null,
      denied,
    });
  }
  for (const [key, process] of stopped)
    if (!there.has(key) && process.goneAtMs === null) process.goneAtMs = nowMs;
}

/** Before the first signal: once the survivors are gone, nothing else shows that there were any. */
function distrust({ store }: Pick<Context, "store">, attempt: AttemptRow): void {
  if (attempt.distrusted) return;
  store.commitNow("distrusted", () => store.attempts.distrust(attempt.id));
  attempt.distrusted = true;
}

/** `stopping` from any earlier state, where something has to be waited for without a request to stop. */
export function markStopping(
  { store, clock }: Pick<Context, "store" | "clock">,
  job: number,
  reason: Reason,
): void {
  store.commitNow("sweeping", () => {
    const state = store.jobs.get(job)?.state;
    if (state === "starting" || state === "running" || state === "paused") {
      store.jobs.advance(job, state, "stop", clock.nowMs(), { reason });
    }
  });
}

function stoppingIn(
  { left }: Sweep,
  total: number,
  stopAgeMs: number,
  watch: StuckWatch,
): Stopping {
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
