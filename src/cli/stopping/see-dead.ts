import type { Job } from "../../client/client.ts";
import type { RefusalError } from "../../contract/problems.ts";
import type { Context } from "../context.ts";
import { counted } from "../../contract/counted.ts";
import { hasEnded } from "../format/states.ts";
import { awaitedLine } from "../follow/status-line.ts";
import { LiveJob } from "../follow/live-job.ts";
import { withRefusalReported } from "../select.ts";
import { watchJob, watchJobs } from "../watch.ts";
import { StopTimeout } from "./stop-timeout.ts";

/** The ended job; after Ctrl+C its last known state. The stop itself continues. */
export async function watchStop(context: Context, job: Job, eventsAfter: number): Promise<Job> {
  const { server, screen, clock } = context;
  const over = new AbortController();
  const timeout = new StopTimeout(context, () => over.abort());
  const live = new LiveJob(screen, clock, job, job.message);
  const release = context.onInterrupt(() => over.abort());
  try {
    for await (const now of watchJob(server, job, eventsAfter, { signal: over.signal })) {
      timeout.heard(now);
      await live.heard(now);
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    release();
    timeout.end();
    await live.close();
  }
  // Why nothing happens may have been seen since the last event.
  return hasEnded(live.job) ? live.job : await server.show(job.id);
}

/**
 * The same for several jobs, over one stream of events: the last known state of each. Calls back at
 * once for each job that has ended.
 */
export async function watchStops(
  context: Context,
  jobs: readonly Job[],
  eventsAfter: number,
  onEnd: (job: Job) => Promise<void>,
): Promise<void> {
  const { server, screen } = context;
  const over = new AbortController();
  const open = new Map<number, { job: Job; timeout: StopTimeout; said: string | null }>();
  let ended = 0;
  const settle = (id: number) => {
    open.get(id)?.timeout.end();
    open.delete(id);
    if (open.size === 0) over.abort();
  };
  const hear = async (now: Job) => {
    const entry = open.get(now.id);
    if (entry === undefined) return;
    entry.job = now;
    entry.timeout.heard(now);
    if (hasEnded(now)) {
      settle(now.id);
      ended += 1;
      await onEnd(now);
    } else {
      const line = awaitedLine(now);
      if (line !== null && line !== entry.said) await screen.say(line);
      entry.said = line;
    }
    await screen.status(progress(jobs.length, ended, open));
  };
  for (const job of jobs) {
    const timeout = new StopTimeout(context, () => settle(job.id));
    open.set(job.id, { job, timeout, said: awaitedLine(job) });
  }
  const release = context.onInterrupt(() => over.abort());
  try {
    const { signal } = over;
    const onRefused = async (job: Job, refusal: RefusalError) => {
      settle(job.id);
      await withRefusalReported(context, () => Promise.reject(refusal));
    };
    for await (const now of watchJobs(server, jobs, eventsAfter, { signal, onRefused })) {
      await hear(now);
      // Stuck jobs may be left.
      if (open.size === 0) return;
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    release();
    for (const { timeout } of open.values()) timeout.end();
    await screen.status(null);
  }
}

function progress(total: number, ended: number, open: ReadonlyMap<number, { job: Job }>): string {
  const stuck = [...open.values()].filter(({ job }) => job.stopping?.stuck === true).length;
  return `stopping ${counted(total, "job")}: ${ended} ended${stuck === 0 ? "" : `, ${stuck} stuck`} (Ctrl+C stops waiting)`;
}
