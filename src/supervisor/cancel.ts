import type { Job } from "../contract/job.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { Reason } from "../job/reasons.ts";
import { isTerminal } from "../job/states.ts";
import type { Jobs } from "../store/jobs.ts";
import type { JobRow, StopWish } from "../store/rows.ts";
import type { Context } from "./context.ts";
import { viewOf } from "./job-view.ts";

/**
 * Records the wish, durably, and passes it on to the keeper. The state becomes
 * `stopping`; the end is written only when it has been observed. While the job
 * stops already, a shorter grace cuts it short and the first reason stays.
 */
export async function cancel(
  context: Context,
  id: number,
  graceMs: number | null,
  reason: Reason = "cancel",
): Promise<Result<Job>> {
  const { store, clock } = context;
  const answer = await store.commit("cancel", (): Result<{ job: JobRow; wished: boolean }> => {
    const job = store.jobs.get(id);
    if (job === null) return refuse("no_such_job", { selector: id });
    if (isTerminal(job.state)) return refuse("already_ended", { id, state: job.state });
    const wished = writeWish(store.jobs, job, {
      reason,
      graceMs: graceMs ?? job.spec.graceMs,
      atMs: clock.nowMs(),
    });
    return accept({ job: store.jobs.get(id) ?? job, wished });
  });
  if (!answer.ok) return answer;
  const { job, wished } = answer.value;
  if (wished && job.stopWish !== null) {
    context.attendances.get(id)?.stop(job.stopWish.reason, job.stopWish.graceMs);
  }
  return accept(viewOf(context, job));
}

/** Whether there is a wish now that the keeper has not heard. */
function writeWish(jobs: Jobs, job: JobRow, wish: StopWish): boolean {
  const { state, stopWish: before } = job;
  if (state === "queued" || state === "held") {
    const outcome = { code: null, signal: null, reason: wish.reason, leftovers: 0 };
    jobs.advance(job.id, state, "cancelled", wish.atMs, { reason: wish.reason, outcome });
    return false;
  }
  // The wish that is there is at least as strict.
  if (before !== null && before.atMs + before.graceMs <= wish.atMs + wish.graceMs) return false;
  jobs.wishStop(job.id, "stopping", wish);
  if (state !== "stopping") jobs.advance(job.id, state, "stop", wish.atMs, { reason: wish.reason });
  return true;
}
