import type { JobEvent } from "../contract/event.ts";
import type { Job } from "../contract/job.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { Reason } from "../job/reasons.ts";
import { isTerminal } from "../job/states.ts";
import type { JobRow } from "../store/rows.ts";
import type { Context } from "./context.ts";
import { viewOf } from "./job-view.ts";

/**
 * Records the wish, durably, and passes it on to the keeper. The state becomes
 * `stopping`; the end is written only when it has been observed. While the job
 * stops already, a shorter grace cuts it short and the first reason stays.
 */
export function cancel(
  context: Context,
  id: number,
  graceMs: number | null,
  reason: Reason = "cancel",
): Result<Job> {
  const { store, hub } = context;
  const job = store.jobs.get(id);
  if (job === null) return refuse("no_such_job", { selector: id });
  if (isTerminal(job.state)) return refuse("already_ended", { id, state: job.state });
  const wish = { reason, graceMs: graceMs ?? job.spec.graceMs, atMs: context.clock.nowMs() };
  const events = store.transaction(() => writeWish(context, job, wish));
  hub.publish(...events);
  const after = store.jobs.get(id);
  if (after === null) throw new Error(`job ${id} is gone while it is cancelled`);
  if (after.state === "stopping" && after.stopWish !== null && events.length > 0) {
    context.attendances.get(id)?.stop(after.stopWish.reason, after.stopWish.graceMs);
  }
  return accept(viewOf(context, after));
}

function writeWish(
  context: Context,
  job: JobRow,
  wish: NonNullable<JobRow["stopWish"]>,
): JobEvent[] {
  const { jobs } = context.store;
  const { state } = job;
  if (state === "queued" || state === "held") {
    const outcome = { code: null, signal: null, reason: wish.reason, leftovers: 0 };
    return [jobs.advance(job.id, state, "cancelled", wish.atMs, { reason: wish.reason, outcome })];
  }
  const before = job.stopWish;
  // The wish that is there is at least as strict.
  if (before !== null && before.atMs + before.graceMs <= wish.atMs + wish.graceMs) return [];
  const wished = jobs.wishStop(job.id, "stopping", wish);
  if (state === "stopping") return [wished];
  return [wished, jobs.advance(job.id, state, "stop", wish.atMs, { reason: wish.reason })];
}
