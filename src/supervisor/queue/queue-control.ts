import type { Waiting } from "../../contract/job.ts";
import type { JobRow } from "../../store/rows.ts";

/** Why a job that could not be launched now waits. */
export interface Postponement {
  waiting: Waiting;
  /** Its refusal would hit every other job now. */
  concernsAll: boolean;
}

/** What the verbs need of the queue. `Dispatcher` implements it. */
export interface QueueControl {
  /** Reads the queue soon. Calls within one turn of the event loop are one decision. */
  poke(): void;
  /** Tries a job of the queue again later: the disk or the kernel refused its launch now. */
  postpone(job: number, postponement: Postponement): void;
  /** Not launched by this server: only a repair can make its record sound. */
  exclude(job: number, waiting: Waiting): void;
  /** For people: why nothing is launched; empty: the queue can be read. */
  readonly warnings: readonly string[];
  /** Why a queued job waits. */
  waitingOf(job: JobRow): Waiting;
}
