import type { AdoptRequest } from "../contract/adopt.ts";
import type { JobEvent } from "../contract/event.ts";
import type { JobProcesses } from "../contract/job-process.ts";
import type { AttemptSummary } from "../contract/attempt.ts";
import type { Job, JobPage } from "../contract/job.ts";
import type { ValidJobRequest } from "../contract/job-request.ts";
import type { Result } from "../contract/problems.ts";
import type { Receipt } from "../contract/receipt.ts";
import type { Gpus } from "../contract/gpus.ts";
import type { Health } from "../contract/server.ts";
import type { RequestingClient } from "../job/stop-request.ts";
import type { JobSpec } from "../job/spec.ts";
import type { JobQuery } from "../reading/job-query.ts";
import type { EventQuery } from "../reading/reads.ts";
import type { State } from "../job/states.ts";

export type OutputStream = "stdout" | "stderr";

/** A log file of one of a job's attempts, to be read by byte offset. With joined output both streams are one file. */
export interface OutputLog {
  /** Absolute. May not exist yet while the job is queued or starting. Empty: there is no attempt yet. */
  path: string;
  /** True when nothing will be appended any more. */
  complete: boolean;
  /** Whose log it is; null: there is no attempt yet. */
  attempt?: number | null;
  /** The next attempt that has a log; null: none so far. */
  next?: number | null;
  /** False while there may be a further attempt. Left out: as `complete`. */
  over?: boolean;
}

/** Null: the last attempt that there is at the moment. `atLeast`: the first one from that number on. */
export type WhichAttempt = { exactly: number } | { atLeast: number } | null;

/**
 * The verbs that a border (HTTP, later others) may use: the single writer behind them
 * compares what is wanted with what is observed and closes the difference.
 * An expected "no" is returned as a refusal; an exception is a defect or the disk.
 */
export interface Supervisor {
  /** Durable when it returns. `key`: Idempotency-Key; the same key and request give the same job again. */
  submit(
    request: ValidJobRequest,
    key: string | null,
  ): Promise<Result<{ job: Job; replayed: boolean }>>;
  /**
   * Records the request and passes it on. Returns at once; the job is `stopping` until its end is
   * observed. An explicit grace moves the SIGKILL of a running stop, also to a later moment.
   * `onlyIn`: refused with `not_allowed_now` in every other state.
   */
  cancel(
    id: number,
    graceMs: number | null,
    client?: RequestingClient | null,
    onlyIn?: readonly State[] | null,
  ): Promise<Result<Job>>;
  /** Cancel with grace 0. Also cuts a running stop short. */
  kill(
    id: number,
    client?: RequestingClient | null,
    onlyIn?: readonly State[] | null,
  ): Promise<Result<Job>>;
  hold(id: number): Promise<Result<Job>>;
  release(id: number): Promise<Result<Job>>;
  pause(id: number): Promise<Result<Job>>;
  resume(id: number): Promise<Result<Job>>;
  /** A new job with the specification of an ended one. `env`: values that the store does not have any more. */
  retry(id: number, env?: JobSpec["env"]): Promise<Result<Job>>;
  /** A job that watches a foreign process. Refuses with `no_such_target` and `not_adoptable`. */
  adopt(asked: AdoptRequest): Promise<Result<Job>>;
  /** Removes an ended job with its folder. */
  remove(id: number): Promise<Result<null>>;

  show(id: number): Promise<Result<Job>>;
  list(query: JobQuery): Promise<Result<JobPage>>;
  /** The same page as JSON. `signal`: the client has gone. */
  listText(query: JobQuery, signal?: AbortSignal): Promise<Result<string>>;
  /** Oldest first; those that never executed anything have no outcome. */
  attempts(id: number): Promise<Result<{ attempts: AttemptSummary[] }>>;
  /** Of one attempt by its number, once that has ended; without a number, of the last, once the job has ended. */
  receipt(id: number, attempt?: number | null): Promise<Result<Receipt>>;
  /** The job's live processes; none when it does not run. */
  processes(id: number): Promise<Result<JobProcesses>>;
  output(id: number, stream: OutputStream, which?: WhichAttempt): Promise<Result<OutputLog>>;
  /** Stored events, oldest first. */
  events(query: EventQuery, signal?: AbortSignal): Promise<JobEvent[]>;
  /** Up to this seq, events of removed jobs are missing; 0: none is. */
  prunedUntil(): number;
  /** The seq of the newest stored event, of all jobs or of one; 0: there is none. */
  lastSeq(job?: number | null): number;
  /** Calls back for each new event, stored ones only after their commit. Returns the way to stop. */
  subscribe(jobId: number | null, listener: (event: JobEvent) => void): () => void;
  health(): Promise<Health>;
  /** Asks the drivers: takes as long as they do, up to the time limit for drivers. */
  gpus(): Promise<Gpus>;
}
