import type { Job } from "../client/client.ts";
import type { FollowedEvent } from "../client/events.ts";
import type { Following } from "../client/following.ts";
import type { JobEvent } from "../contract/event.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Stopping } from "../contract/stopping.ts";
import type { Server } from "./context.ts";
import { hasEnded } from "./format/states.ts";

interface LiveData {
  stopping?: Stopping;
  message?: string | null;
}

/**
 * The job now and after each change, including the progress of a stop and what is awaited; the last
 * one has ended. `from`: the job, or its number if it is not known yet. `after`: skip events up to
 * this one. Throws RefusalError, or the abort.
 */
export async function* watchJob(
  server: Server,
  from: Job | number,
  after: number,
  following: Following,
): AsyncGenerator<Job, void> {
  let job = typeof from === "number" ? await server.show(from) : from;
  const { id } = job;
  yield job;
  if (hasEnded(job)) return;
  for await (const event of server.followEvents({
    ...following,
    jobId: id,
    after,
    withJob: true,
  })) {
    const now =
      event.type === "live" ? afterPassing(job, event) : await afterStored(server, job, event);
    if (now === null) continue;
    job = now;
    yield job;
    if (hasEnded(job)) return;
  }
}

/**
 * The same for several jobs, over one stream of events: each job now, then each change, in the order in which
 * they happen. Ends with the last of them. `onRefused`: a job is not shown any more, for example because it was
 * removed; the others are still watched.
 */
export async function* watchJobs(
  server: Server,
  jobs: readonly Job[],
  after: number,
  following: Following & { onRefused: (job: Job, refusal: RefusalError) => Promise<void> },
): AsyncGenerator<Job, void> {
  const open = new Map(jobs.filter((job) => !hasEnded(job)).map((job) => [job.id, job]));
  yield* jobs;
  if (open.size === 0) return;
  for await (const event of server.followEvents({ ...following, after })) {
    const known = open.get(event.jobId);
    if (known === undefined) continue;
    try {
      const now =
        event.type === "live"
          ? afterPassing(known, event)
          : await afterStored(server, known, event);
      if (now === null) continue;
      open.set(now.id, now);
      if (hasEnded(now)) open.delete(now.id);
      yield now;
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      open.delete(known.id);
      await following.onRefused(known, error);
    }
    if (open.size === 0) return;
  }
}

/** The job after a stored event; null: no change. */
async function afterStored(server: Server, job: Job, event: FollowedEvent): Promise<Job | null> {
  if (event.type === "state" && event.state === job.state) return null;
  return event.job ?? (await server.show(job.id));
}

/** The job after a transient event; null: no change. */
function afterPassing(job: Job, event: JobEvent): Job | null {
  const { stopping, message } = event.data as LiveData;
  if (message !== undefined) return { ...job, message };
  return stopping !== undefined && job.state === "stopping" ? { ...job, stopping } : null;
}
