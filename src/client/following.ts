import { RefusalError, type ProblemCode } from "../contract/problems.ts";

/** How a stream is followed over restarts of the server. */
export interface Following {
  signal?: AbortSignal;
  /** How long no server may be reachable or at work before the stream gives up. Default: 60 s. */
  patienceMs?: number;
  /** The connection broke; it is tried again. */
  onBroken?: (error: RefusalError) => void;
  /** The stream goes on after a break. */
  onResumed?: () => void;
}

export const usualPatienceMs = 60_000;

const passing: ReadonlySet<ProblemCode> = new Set([
  "server_not_running",
  "server_unreachable",
  "recovering",
  "shutting_down",
]);

/** Whether trying again may help; everything else is for the caller. */
export function isPassing(error: unknown): error is RefusalError {
  return error instanceof RefusalError && passing.has(error.refusal.code);
}
