import type { Waiting } from "../../contract/job.ts";
import type { JobRow } from "../../store/rows.ts";

/** Why a job that could not be launched now waits. */
export interface Postponement {
  waiting: Waiting;
  /** What was refused to it would be refused to every other job now. */
  concernsAll: boolean;
}

/** What the verbs ask of the queue. `Dispatcher` is it. */
export interface QueueControl {
  /** Looks at the queue soon. Calls within one turn of the event loop are one decision. */
  poke(): void;
  /** Tries a job of the queue again later: the disk or the kernel refused its launch now. */
  postpone(job: number, postponement: Postponement): void;
  /** Not launched by this server: only a repair can make its record sound. */
  setAside(job: number, waiting: Waiting): void;
  /** For people: why nothing is launched; empty: the queue can be read. */
  readonly warnings: readonly string[];
  /** Why a queued job waits. */
  waitingOf(job: JobRow): Waiting;
}
