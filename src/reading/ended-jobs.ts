import { join } from "node:path";
import type { Job } from "../contract/job.ts";
import { asksForLimits } from "../job/limits.ts";
import { isTerminal } from "../job/states.ts";
import type { AttemptRow, JobRow } from "../store/rows.ts";
import { attemptViewOf } from "./attempt-view.ts";
import { jobOf } from "./job-of.ts";
import { readLastProgress, type IsThere } from "./progress.ts";

/**
 * Whether the record of a job says everything about it: it has ended, which nothing changes any more,
 * and nothing of the record is damaged. GPUs that its processes still hold are not in it.
 */
export function isComplete(row: JobRow, attempt: AttemptRow | undefined): boolean {
  if (!isTerminal(row.state) || row.damaged.length > 0) return false;
  // How limits would have been applied to a job that never had an attempt, the engine knows.
  if (row.attempt === null) return !asksForLimits(row.spec);
  return attempt !== undefined && attempt.endedAtMs !== null && attempt.damaged === undefined;
}

/** A job whose record is complete. */
export async function endedJob(
  row: JobRow,
  attempt: AttemptRow | undefined,
  { attemptsDir, isThere }: { attemptsDir: string; isThere: IsThere },
): Promise<Job> {
  return jobOf(row, {
    awaited: null,
    waiting: null,
    attempt: attempt === undefined ? null : attemptViewOf(attemptsDir, attempt, attempt.claim),
    limits: attempt?.limits ?? [],
    stopping: null,
    progress:
      attempt === undefined
        ? null
        : await readLastProgress(join(attemptsDir, attempt.id, "progress"), isThere),
    heldGpus: [],
  });
}
