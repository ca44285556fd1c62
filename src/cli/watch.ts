import type { Job } from "../client/client.ts";
import type { Following } from "../client/following.ts";
import type { JobEvent } from "../contract/event.ts";
import type { Stopping } from "../contract/job.ts";
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
  for await (const event of server.followEvents({ ...following, jobId: id, after })) {
    const now =
      event.type === "live" ? afterPassing(job, event) : await afterStored(server, job, event);
    if (now === null) continue;
    job = now;
    yield job;
    if (hasEnded(job)) return;
  }
}

/** The job after a stored event; null: no change. */
export async function afterStored(server: Server, job: Job, event: JobEvent): Promise<Job | null> {
  if (event.type === "state" && event.state === job.state) return null;
  return await server.show(job.id);
}

/** The job after a transient event; null: no change. */
export function afterPassing(job: Job, event: JobEvent): Job | null {
  const { stopping, message } = event.data as LiveData;
  if (message !== undefined) return { ...job, message };
  return stopping !== undefined && job.state === "stopping" ? { ...job, stopping } : null;
}
