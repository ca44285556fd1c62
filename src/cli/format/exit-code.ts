import type { Job } from "../../contract/job.ts";

export const exitCodes = {
  timeLimit: 124,
  unknown: 125,
  cancelled: 130,
  /** 128 + SIGINT */
  interrupted: 130,
  /** EX_SOFTWARE */
  defect: 70,
  /** EX_IOERR */
  outputFailure: 74,
  /** 128 + SIGPIPE, as the shell reports a program whose output was closed. */
  brokenPipe: 141,
} as const;

/**
 * The exit code of `run` and `wait`: the job's own code, 128 + its signal, or a code for how it was
 * stopped. Never 0 for a job that did not succeed; 125 while it has not ended.
 */
export function exitCodeOf(job: Job): number {
  if (job.state === "succeeded") return 0;
  if (job.state === "cancelled") return exitCodes.cancelled;
  if (job.state === "timed_out") return exitCodes.timeLimit;
  if (job.state === "failed") return failureCode(job);
  return exitCodes.unknown;
}

function failureCode({ outcome, reason }: Job): number {
  const { code = null, signal = null } = outcome ?? {};
  if (signal !== null) return 128 + signal;
  if (code !== null) return code === 0 ? 1 : code;
  return reason === "exec_failed" ? 127 : exitCodes.unknown;
}
