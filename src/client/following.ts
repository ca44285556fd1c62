import { RefusalError, type ProblemCode } from "../contract/problems.ts";

/** Options to follow a stream over restarts of the server. */
export interface Following {
  signal?: AbortSignal;
  /** The stream gives up if no server is reachable or makes progress for this long. Default: 60 s. */
  timeoutMs?: number;
  /** The connection broke; it is retried. */
  onBroken?: (error: RefusalError) => void;
  /** The stream continues after a break. */
  onResumed?: () => void;
}

export const defaultTimeoutMs = 60_000;

const passing: ReadonlySet<ProblemCode> = new Set([
  "server_not_running",
  "server_unreachable",
  "recovering",
  "shutting_down",
]);

/** Whether a retry may help; other errors are passed to the caller. */
export function isPassing(error: unknown): error is RefusalError {
  return error instanceof RefusalError && passing.has(error.refusal.code);
}
