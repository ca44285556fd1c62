import { withoutJobVariables } from "../contract/job-variables.ts";

/**
 * Starts this program (`entry`) again without the variables of a job, if it has any. A shell can have
 * inherited them from a job that has ended, or that it is no part of. Only an exec
 * takes them out of /proc/PID/environ, where they would make this server pass for a part of that job.
 */
export function dropJobVariables(entry: string): void {
  if (process.env["HOLDFAST_ATTEMPT"] === undefined) return;
  const argv = [process.execPath, ...process.execArgv, entry];
  process.execve?.(process.execPath, argv, withoutJobVariables(process.env));
}
