import { formatDuration } from "../../contract/units.ts";
import type { StoredSpec } from "../../store/rows.ts";

/** What was seen of a running attempt's output. */
export interface Quiet {
  /** Whether it has ever written anything. */
  written: boolean;
  /** When it last did; if never, when it started. */
  sinceMs: number;
  /** Whether its main process's standard output is a pipe. Null: that cannot be seen. */
  intoPipe: boolean | null;
}

/**
 * A possible reason why a job has written nothing for long. A job that has written before and whose
 * output is not a pipe just has nothing to write. Null: nothing suggests a reason.
 */
export function silenceHint(
  { envNames, command }: Pick<StoredSpec, "envNames" | "command">,
  { written, sinceMs, intoPipe }: Quiet,
  { nowMs, limitMs }: { nowMs: number; limitMs: number },
): string | null {
  const silentMs = nowMs - sinceMs;
  if (limitMs === 0 || silentMs < limitMs || (written && intoPipe !== true)) return null;
  const ways = [
    ...(command[0] === "stdbuf" ? [] : ["--line-buffered (programs in C)"]),
    ...(envNames.includes("PYTHONUNBUFFERED") ? [] : ["PYTHONUNBUFFERED=1 (Python)"]),
  ];
  if (ways.length === 0) return null;
  const fact = `no output for ${formatDuration(silentMs)}${written ? "" : ", since it started"}`;
  return `${fact}; output into a file or pipe is block-buffered unless a program says otherwise: submit it with ${ways.join(" or ")} to see each line at once`;
}
