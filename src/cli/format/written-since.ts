import type { Job } from "../../contract/job.ts";

/**
 * How much of the last attempt's output was written at `atMs` or later. A log contains no times, so
 * the answer follows only from the attempt's start and end.
 */
export function writtenSince(job: Job, atMs: number): "all" | "nothing" | "unknown" {
  const startedAtMs = job.attempt?.startedAtMs ?? job.startedAtMs;
  if (startedAtMs === null || startedAtMs >= atMs) return "all";
  const endedAtMs = job.attempt?.endedAtMs ?? job.endedAtMs;
  return endedAtMs !== null && endedAtMs < atMs ? "nothing" : "unknown";
}
