import type { StopRequest } from "../../job/stop-request.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Store } from "../../store/store.ts";

/**
 * The requests to pass to a keeper that has not got them. The job's own row also says that a stop was
 * requested: it is carried out even if the requests themselves are lost.
 */
export function stopsToPass(
  { stopRequests, jobs }: Pick<Store, "stopRequests" | "jobs">,
  { id, job: jobId }: Pick<AttemptRow, "id" | "job">,
  unrecorded: readonly StopRequest[],
): readonly StopRequest[] {
  const requests = [...stopRequests.ofAttempt(id), ...unrecorded];
  const job = jobs.get(jobId);
  if (requests.length > 0 || job === null || job.stopReason === null) return requests;
  const { stopReason: reason, spec, createdAtMs: atMs } = job;
  return [{ number: 1, reason, graceMs: spec.graceMs, prolong: false, atMs, client: null }];
}
