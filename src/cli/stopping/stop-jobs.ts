import type { Job } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import { abreast, mostAtOnce } from "../bulk/abreast.ts";
import { actOnEach } from "../bulk/act-on-each.ts";
import { jobsToActOn } from "../bulk/to-act-on.ts";
import type { BulkVerb } from "../bulk/selection.ts";
import type { Context } from "../context.ts";
import { printable } from "../format/printable.ts";
import { hasEnded } from "../format/states.ts";
import { withRefusalReported } from "../select.ts";
import { StopReport } from "./stop-report.ts";
import { watchStop, watchStops } from "./see-dead.ts";
import { unprovenOnes } from "./unproven.ts";

/**
 * Carries out `cancel` and `kill`: requests the end of each job, then waits until the end of all is
 * proven. Resolves with 0 only if no process of any of them is left.
 */
export async function stopJobs(
  context: Context,
  verb: BulkVerb,
  ask: (id: number, onlyIn: readonly Job["state"][] | undefined) => Promise<Job>,
): Promise<number> {
  const chosen = await jobsToActOn(context, verb);
  if (typeof chosen === "number") return chosen;
  const { bySelector, onlyIn, eventsAfter } = chosen;
  const jobs = chosen.jobs.toSorted(waitingFirst);
  const report = new StopReport(context, jobs.length);
  const stopped: Job[] = [];
  const askedCode = await actOnEach(context, { jobs, bySelector }, async (job) => {
    if (hasEnded(job)) return await report.already(job);
    const now = await asked(() => ask(job.id, onlyIn));
    if (now === null) return await report.already(await context.server.show(job.id));
    stopped.push(now);
    // The request could not be written to disk, or the keeper is held up or did not prolong the stop.
    if (!hasEnded(now) && now.message !== null)
      await context.screen.say(`job ${now.id}: ${printable(now.message)}`);
    return 0;
  });
  const deadCode = await seeDead(context, stopped, eventsAfter, report);
  await report.sum();
  return askedCode === 0 ? deadCode : askedCode;
}

/** Stops waiting jobs first: resources that a running job releases must not start one of them. */
function waitingFirst(a: Job, b: Job): number {
  const waits = ({ state }: Job) => (state === "queued" || state === "held" ? 0 : 1);
  return waits(a) - waits(b);
}

/** Null: it has already ended. */
async function asked(ask: () => Promise<Job>): Promise<Job | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === "already_ended") return null;
    throw error;
  }
}

async function seeDead(
  context: Context,
  jobs: readonly Job[],
  eventsAfter: number,
  report: StopReport,
): Promise<number> {
  const [first, ...others] = jobs;
  if (first === undefined) return 0;
  let left: Job[];
  if (context.args.has("--no-wait")) {
    left = [];
    for (const job of jobs) await (hasEnded(job) ? report.ended(job) : left.push(job));
  } else if (others.length === 0) {
    const last = await watchStop(context, first, eventsAfter);
    left = hasEnded(last) ? [] : [last];
    if (hasEnded(last)) await report.ended(last);
  } else left = await watchAll(context, jobs, eventsAfter, report);
  for (const job of left) await report.unproven(job);
  let exitCode = 0;
  for (const refusal of unprovenOnes(left))
    exitCode ||= await withRefusalReported(context, () => Promise.reject(refusal));
  return exitCode;
}

/** Resolves with the jobs whose end is not proven. */
async function watchAll(
  context: Context,
  jobs: readonly Job[],
  eventsAfter: number,
  report: StopReport,
): Promise<Job[]> {
  const left = new Set(jobs.map(({ id }) => id));
  const end = async (job: Job) => {
    left.delete(job.id);
    await report.ended(job);
  };
  await watchStops(context, jobs, eventsAfter, end);
  const unproven: Job[] = [];
  // Why nothing happens may have been seen since the last event.
  await abreast([...left], mostAtOnce, new AbortController().signal, async (id) => {
    await withRefusalReported(context, async () => {
      const job = await context.server.show(id);
      if (hasEnded(job)) await end(job);
      else unproven.push(job);
      return 0;
    });
  });
  return unproven.toSorted((a, b) => a.id - b.id);
}
