import type { Job } from "../client/client.ts";
import type { Following } from "../client/following.ts";
import type { Stopping } from "../contract/job.ts";
import type { Server } from "./context.ts";
import { hasEnded } from "./format/states.ts";

interface LiveData {
  stopping?: Stopping;
  message?: string | null;
}

/**
 * The job as it is now and after each change, the progress of a stop and what is awaited included;
 * the last one has ended. `after`: nothing that happened up to this event is of interest.
 * Throws RefusalError, or the abort.
 */
export async function* watchJob(
  server: Server,
  id: number,
  after: number,
  following: Following,
): AsyncGenerator<Job, void> {
  let job = await server.show(id);
  yield job;
  if (hasEnded(job)) return;
  for await (const event of server.followEvents({ ...following, jobId: id, after })) {
    if (event.type === "live") {
      const { stopping, message } = event.data as LiveData;
      if (message !== undefined) job = Object.assign({}, job, { message });
      else if (stopping !== undefined && job.state === "stopping")
        job = Object.assign({}, job, { stopping });
      else continue;
    } else {
      job = await server.show(id);
    }
    yield job;
    if (hasEnded(job)) return;
  }
}

/** The newest event of the job; from there a watch misses nothing and repeats nothing. */
export async function newestEvent(server: Server, id: number): Promise<number> {
  let after = 0;
  for (;;) {
    const { events, nextAfter } = await server.events(id, after);
    after = events.at(-1)?.seq ?? after;
    if (nextAfter === null) return after;
    after = nextAfter;
  }
}
