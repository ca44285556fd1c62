import type { Clock } from "../system/clock.ts";
import { readJobPage, type PageSources } from "./job-page.ts";
import { isThere } from "./progress.ts";
import type { Reads } from "./reads.ts";

export interface OwnReadsOptions {
  store: Pick<PageSources, "jobs" | "attempts" | "events">;
  attemptsDir: string;
  clock: Pick<Clock, "soon">;
}

/**
 * Reads on the connection of this thread, in steps that let others pass: for as long as no other
 * thread can open the database.
 */
export function ownReads({ store, attemptsDir, clock }: OwnReadsOptions): Reads {
  const { jobs, attempts, events } = store;
  const sources = {
    jobs,
    attempts,
    events,
    attemptsDir,
    isThere,
    snapshot: <T>(read: () => T) => read(),
  };
  return {
    jobs: (query, signal) =>
      readJobPage(sources, query, async () => {
        await new Promise<void>((resolve) => clock.soon(resolve));
        signal?.throwIfAborted();
      }),
    events: async ({ job, after, limit }) => events.after(job, after, limit),
  };
}
