import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { terminalEventOf, type Outcome } from "../../job/outcome.ts";
import type { Reason } from "../../job/reasons.ts";
import { isTerminal, next, type State, type StateEvent } from "../../job/states.ts";
import type { StopRequest } from "../../job/stop-request.ts";
import type { Changes } from "../../store/jobs.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { diskFullOf, diskFullMessage } from "./disk-full.ts";
import { isOfThisBoot } from "../recovery/other-namespace.ts";
import { holdsOf } from "../gpu/holds.ts";
import { type Circumstances, reasonOfStop } from "./keeper-reason.ts";
import { ranOutOfMemory } from "../receipt/out-of-memory.ts";
import { pausesOf } from "../receipt/pauses.ts";
import { leftoversOf } from "../receipt/processes.ts";
import type { Postponement } from "../queue/queue-control.ts";
import { receiptOfExit, receiptOfLoss } from "../receipt/receipts.ts";
import { isTriedAgain, retryAfter, type RetryParts } from "../queue/retry-policy.ts";
import type { SweepResult } from "./sweeping.ts";
import { messageOf } from "./end-message.ts";

/** What is changed when an attempt has ended. */
export type ConcludeParts = RetryParts &
  Pick<Context, "engines" | "dispatcher" | "gpuHolds" | "refusedRecords" | "log">;

/** What was inspected after no process of the attempt lived any more. */
export type SeenAfter = Pick<Receipt, "container" | "gpus">;

/** Stores what an exit record says: the outcome, the receipt and the terminal state, in one transaction. */
export async function conclude(
  context: ConcludeParts,
  attempt: AttemptRow,
  exit: ExitRecord,
  seen: SeenAfter,
): Promise<void> {
  const stopped = reasonOfStop(exit, {
    request: stopRequestsOf(context, attempt)[0] ?? null,
    ...(await circumstances(context, attempt, exit)),
  });
  const outcome: Outcome = {
    code: exit.main.code,
    signal: exit.main.signal,
    reason: ranOutOfMemory(exit, attempt.limits) ? "out_of_memory" : stopped,
    leftovers: exit.leftovers,
  };
  const { populated } = await context.engines.of(attempt).prove(attempt);
  const groupIsEmpty = attempt.cgroup !== null && populated === false;
  const spec = context.store.jobs.get(attempt.job)?.spec;
  const executed = spec?.container === null ? spec.command : [];
  const diskFull = diskFullOf(exit, context.refusedRecords.of(attempt.job));
  await end(
    context,
    attempt,
    outcome,
    sentences(
      messageOf(exit, attempt.limits, executed) ?? adoptedMessage(attempt, exit),
      diskFullMessage(diskFull),
    ),
    (job, state) => ({
      ...receiptOfExit(job, attempt, state, outcome, exit, { ...seen, groupIsEmpty }),
      diskFull,
    }),
    seen.gpus,
    {
      startedAtMs: exit.times.exec_ms ?? exit.times.claimed_ms,
      // If something was waited for after its last process, the end is when that was seen, not when the keeper left.
      ...(seen.container === null && seen.gpus === null ? { emptyAtMs: exit.times.empty_ms } : {}),
    },
  );
}

/** Elsewhere, whether a machine goes down is its engine's to say: what is not known is not claimed. */
async function circumstances(
  { engines }: Pick<Context, "engines">,
  attempt: AttemptRow,
  exit: ExitRecord,
): Promise<Pick<Circumstances, "sameBoot" | "goingDown">> {
  const power = engines.machineOf(attempt)?.power;
  return {
    sameBoot: await isOfThisBoot(engines, attempt),
    goingDown: exit.reason === "shutdown" && (await power?.isGoingDown()) === true,
  };
}

function sentences(...all: (string | null)[]): string | null {
  const said = all.filter((text) => text !== null);
  return said.length === 0 ? null : said.join("; ");
}

/** May be long before a server learns of it. Wall clocks can be set: not before its start, not after now. */
function endOf(emptyAtMs: number | undefined, startedAtMs: number | undefined, nowMs: number) {
  return Math.min(nowMs, Math.max(emptyAtMs ?? nowMs, startedAtMs ?? 0));
}

function adoptedMessage({ claim }: AttemptRow, { main, reason }: ExitRecord): string | null {
  const unknown = reason === "exited" && main.code === null && main.signal === null;
  return unknown && claim?.adopted !== undefined
    ? `adopted process ${claim.adopted.pid} ended; how is unknown`
    : null;
}

/** It is unknown how the main process ended, but nothing of the attempt lives. */
export async function lose(
  context: ConcludeParts,
  attempt: AttemptRow,
  reason: Reason,
  sweep: SweepResult | null,
  seen: SeenAfter,
): Promise<void> {
  const outcome: Outcome = {
    code: null,
    signal: null,
    reason,
    leftovers: leftoversOf(sweep, attempt),
  };
  const diskFull = diskFullOf(null, context.refusedRecords.of(attempt.job));
  // Only the keeper kept the list: what it last reported to this server is known.
  const heard = context.followers.get(attempt.job)?.keeper ?? null;
  const pauses = heard === null ? null : pausesOf(heard, false);
  await end(
    context,
    attempt,
    outcome,
    diskFullMessage(diskFull),
    (job, state) => ({
      ...receiptOfLoss(job, attempt, state, outcome, {
        sweep,
        ...seen,
        pauses,
        atMs: context.clock.nowMs(),
      }),
      diskFull,
    }),
    seen.gpus,
  );
}

/**
 * The attempt never executed anything. With a failure the job has failed; without
 * one it goes back into the queue, where it may be postponed; with a stop wanted it is cancelled.
 */
export async function concludeWithoutExecution(
  context: ConcludeParts,
  attempt: AttemptRow,
  failure: string | null,
  why: Postponement | null = null,
): Promise<void> {
  const { store, clock, engines, dispatcher, followers, log } = context;
  await store.commit("unlaunched", () => {
    const job = store.jobs.get(attempt.job);
    if (job === null || isTerminal(job.state)) return;
    const atMs = clock.nowMs();
    store.attempts.ended(attempt.id, atMs, null);
    if (job.stopReason !== null) {
      const reason = job.stopReason;
      const outcome: Outcome = { code: null, signal: null, reason, leftovers: 0 };
      const last = { outcome, reason };
      advanceTo(context, job, terminalEventOf(outcome), reason, { last });
    } else if (failure === null) {
      // The launch failed more than once: wait, or a machine that refuses is kept busy with retries.
      const postponed = why ?? (attempt.number > 1 ? againLater : null);
      if (postponed !== null) dispatcher.postpone(job.id, postponed);
      store.jobs.advance(job.id, job.state, "requeue", atMs);
    } else {
      const reason = "launch_failed";
      const outcome: Outcome = { code: null, signal: null, reason, leftovers: 0 };
      store.jobs.advance(job.id, job.state, "failed", atMs, { outcome, reason, message: failure });
    }
  });
  followers.delete(attempt.job);
  engines
    .of(attempt)
    .discard(attempt)
    .catch((error: unknown) => log.warn({ err: error, attempt: attempt.id }, "removing a folder"));
}

const againLater: Postponement = {
  waiting: {
    code: "machine",
    message: "its launch was interrupted before anything was executed",
    hint: "it is retried automatically; holdfast server logs shows why",
  },
  concernsAll: false,
};

async function end(
  context: ConcludeParts,
  attempt: AttemptRow,
  outcome: Outcome,
  message: string | null,
  receiptFor: (job: JobRow, state: State) => Receipt,
  gpus: Receipt["gpus"],
  { emptyAtMs, ...started }: { startedAtMs?: number; emptyAtMs?: number } = {},
): Promise<void> {
  const { store, clock, followers, gpuHolds } = context;
  const holds = holdsOf(context, attempt, gpus);
  const event = terminalEventOf(outcome);
  await store.commit(isTriedAgain(context, attempt, outcome) ? "again" : "end", () => {
    const job = store.jobs.get(attempt.job);
    if (job === null || isTerminal(job.state) || job.attempt !== attempt.id) return;
    const endedAtMs = endOf(emptyAtMs, job.startedAtMs ?? started.startedAtMs, clock.nowMs());
    const stopRequests = stopRequestsOf(context, attempt);
    store.attempts.ended(attempt.id, endedAtMs, { ...receiptFor(job, event), stopRequests });
    for (const hold of holds) store.gpus.hold(hold);
    // Before the job releases them and before its end is published, so that they are never free in
    // between. If the disk refuses this, they are withheld a little too early.
    gpuHolds.begin(holds);
    const retry = retryAfter(context, job, outcome);
    if (retry !== null) {
      const data = { attempt: attempt.number, ended: event, reason: outcome.reason };
      return advanceTo(context, job, "retry", outcome.reason, { started, last: retry, data });
    }
    const described = message === null ? {} : { message };
    const changes = { outcome, reason: outcome.reason, endedAtMs, ...described };
    advanceTo(context, job, event, outcome.reason, {
      started,
      last: { ...changes, ...(job.startedAtMs === null ? started : {}) },
    });
  });
  followers.delete(attempt.job);
  context.refusedRecords.forget(attempt.job);
}

/** Also those that the disk has not taken yet. */
function stopRequestsOf(
  { store, followers }: Pick<Context, "store" | "followers">,
  { id, job }: AttemptRow,
): (StopRequest & { refused?: string })[] {
  const recorded = store.stopRequests.ofAttempt(id);
  const known = new Set(recorded.map(({ number }) => number));
  const follower = followers.get(job);
  const unrecorded = follower?.unrecorded ?? [];
  return [...recorded, ...unrecorded.filter(({ number }) => !known.has(number))].map((request) => {
    const refused = follower?.refusals.get(request.number);
    return refused === undefined ? request : Object.assign(request, { refused });
  });
}

/** Takes a job to its attempt's end by the state table: transitions that happened while no server ran (started, stopped) are stored first. */
function advanceTo(
  { store, clock }: Pick<Context, "store" | "clock">,
  job: JobRow,
  lastEvent: StateEvent,
  reason: Reason,
  steps: { started?: Changes; last: Changes; data?: Record<string, unknown> },
): void {
  const atMs = clock.nowMs();
  const { started = {}, last, data } = steps;
  let state = job.state;
  const step = (event: StateEvent, changes: Changes, more?: Record<string, unknown>) => {
    store.jobs.advance(job.id, state, event, atMs, changes, more);
    state = next(state, event) ?? state;
  };
  if (state === "starting" && started.startedAtMs !== undefined) step("launched", started);
  if (next(state, lastEvent) === null) step("stop", { reason });
  step(lastEvent, last, data);
}
