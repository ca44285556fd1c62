import type { Job } from "../contract/job.ts";
import { reasons } from "../job/reasons.ts";
import type { JobRow } from "../store/rows.ts";

/** What a job is shown with beside its own row. */
export interface Beside extends Pick<
  Job,
  "waiting" | "attempt" | "limits" | "stopping" | "progress" | "heldGpus" | "damaged"
> {
  /** What its attempt waits for; null: nothing. */
  awaited: string | null;
}

/** A job as clients see it. */
export function jobOf(row: JobRow, { awaited, ...beside }: Beside): Job {
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    message:
      row.message ??
      awaited ??
      (row.outcome === null || row.reason === null ? null : reasons[row.reason].message),
    spec: row.spec,
    createdAtMs: row.createdAtMs,
    startedAtMs: row.startedAtMs,
    endedAtMs: row.endedAtMs,
    outcome: row.outcome,
    retryOf: row.retryOf,
    ...beside,
  };
}
