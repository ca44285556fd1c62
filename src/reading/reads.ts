import type { JobEvent } from "../contract/event.ts";
import type { Result } from "../contract/problems.ts";
import type { JobRow } from "../store/rows.ts";
import type { JobQuery } from "./job-query.ts";

/** A job of a page. */
export interface PageEntry {
  id: number;
  /** The job as JSON; null: it has not ended, or its record does not say everything. */
  text: string | null;
  /** Its row, where it is damaged: it may not be found by its id. */
  damaged?: JobRow;
}

/** What the store has for one page. */
export interface StoredPage {
  /** Newest first. */
  entries: PageEntry[];
  /** Everything that this page may not show yet is among the events after this seq. */
  eventsAfter: number;
  /** Null: that was the last page. */
  nextCursor: string | null;
}

export interface EventQuery {
  /** Null: of all jobs. */
  job: number | null;
  /** Only events with a larger seq. */
  after: number;
  limit: number;
}

/**
 * Reads that grow with the history. `WorkerReads` does them in another thread and `OwnReads` in this
 * one, in small steps; both see every commit that returned before they were asked. A signal ends a
 * read whose reader has gone.
 */
export interface Reads {
  jobs(query: JobQuery, signal?: AbortSignal): Promise<Result<StoredPage>>;
  /** Oldest first. */
  events(query: EventQuery, signal?: AbortSignal): Promise<JobEvent[]>;
}
