import type { Job } from "../contract/job.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { Reason } from "../job/reasons.ts";
import { isTerminal } from "../job/states.ts";
import { isStorageFailure } from "../store/database.ts";
import type { JobRow, StopWish } from "../store/rows.ts";
import type { Attendance } from "./attendance.ts";
import type { Context } from "./context.ts";
import { viewOf } from "./job-view.ts";
import { persist } from "./persist.ts";

/**
 * Records the wish, durably, and passes it on to the keeper. The state becomes
 * `stopping`; the end is written only when it has been observed. While the job
 * stops already, a shorter grace cuts it short and the first reason stays.
 *
 * Where the disk does not take the wish, a connected keeper is told all the same:
 * it keeps its own record of why it stopped. Throws the disk's error where there
 * is none, as for a queued job, and where nothing of the attempt lives any more:
 * then nothing was changed.
 */
export async function cancel(
  context: Context,
  id: number,
  graceMs: number | null,
  reason: Reason = "cancel",
): Promise<Result<Job>> {
  const { store, clock, config } = context;
  const known = store.jobs.get(id);
  if (known === null) return refuse("no_such_job", { selector: id });
  const usualMs = known.damaged.includes("spec") ? config.jobs.grace : known.spec.graceMs;
  const wish = { reason, graceMs: graceMs ?? usualMs, atMs: clock.nowMs() };
  try {
    const answer = await record(context, id, wish);
    if (!answer.ok) return answer;
    const { job, wished } = answer.value;
    if (wished && job.stopWish !== null)
      context.attendances.get(id)?.stop(job.stopWish.reason, job.stopWish.graceMs);
    return accept(viewOf(context, job));
  } catch (error) {
    if (!isStorageFailure(error) || !carryOut(context, id, wish)) throw error;
    const job = store.jobs.get(id) ?? known;
    return accept({ ...viewOf(context, job), message: unrecordedWords(context, job) });
  }
}

function record(
  { store }: Context,
  id: number,
  wish: StopWish,
): Promise<Result<{ job: JobRow; wished: boolean }>> {
  return store.commit("cancel", () => {
    const job = store.jobs.get(id);
    if (job === null) return refuse("no_such_job", { selector: id });
    if (isTerminal(job.state)) return refuse("already_ended", { id, state: job.state });
    const wished = writeWish(store.jobs, job, wish);
    return accept({ job: store.jobs.get(id) ?? job, wished });
  });
}

/** Tells the keeper now and writes the wish down as soon as the disk takes it. False: no keeper can be told. */
function carryOut(context: Context, id: number, wish: StopWish): boolean {
  const attendance = context.attendances.get(id);
  if (attendance === undefined) return false;
  // There is nothing to stop, and a keeper that writes down another end will not tell of this wish.
  if (attendance.isOver && !attendance.remembersStop) return false;
  if (!attendance.stop(wish.reason, wish.graceMs)) return false;
  const isBeingRecorded = attendance.unrecorded !== null;
  attendance.unrecorded = wish;
  if (!isBeingRecorded) void recordLater(context, id, attendance);
  return true;
}

function unrecordedWords({ attendances }: Context, { id, spec }: JobRow): string {
  const words = "it is being stopped, but the disk takes no record of that yet";
  if (spec.retries.max === 0 || attendances.get(id)?.remembersStop !== false) return words;
  return `${words}; if the server is killed before it does, another attempt may follow: cancel it again then`;
}

async function recordLater(context: Context, id: number, attendance: Attendance): Promise<void> {
  await persist(context, id, async () => {
    // A later wish may have taken its place.
    if (attendance.unrecorded !== null) await record(context, id, attendance.unrecorded);
  });
  attendance.unrecorded = null;
}

/** Whether there is a wish now that the keeper has not heard. */
function writeWish(jobs: Context["store"]["jobs"], job: JobRow, wish: StopWish): boolean {
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
