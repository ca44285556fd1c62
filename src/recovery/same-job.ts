import type { RecalledAttempt } from "../containment/recalled.ts";
import type { JobRow } from "../store/rows.ts";

type OfAttempt = Pick<RecalledAttempt, "jobUuid" | "createdAtMs" | "command" | "cwd">;
type OfJob = Pick<JobRow, "uuid" | "createdAtMs" | "spec" | "damaged">;

/**
 * Whether an attempt belongs to this job, and not to a job with the same number in another database.
 * Pure. An earlier version gave no UUIDs: then everything else that both have must match.
 */
export function isOfJob(attempt: OfAttempt, job: OfJob): boolean {
  const { jobUuid = null } = attempt;
  if (!job.damaged.includes("uuid") && (job.uuid !== null || jobUuid !== null))
    return job.uuid === jobUuid;
  const sameSpec =
    job.damaged.includes("spec") ||
    (job.spec.cwd === attempt.cwd &&
      JSON.stringify(job.spec.command) === JSON.stringify(attempt.command));
  return sameSpec && attempt.createdAtMs >= job.createdAtMs;
}

/** The same for all attempts of one job, and different for those of two that have one number. */
export function jobKeyOf({ jobUuid, command, cwd }: Omit<OfAttempt, "createdAtMs">): string {
  return jobUuid ?? JSON.stringify([cwd, ...command]);
}
