import { reasons, type Reason } from "./reasons.ts";

/** How the main process ended. Exactly one is a number if that was observed; both are null if not. */
export interface Exit {
  code: number | null;
  signal: number | null;
}

/** What is known about an ended attempt. `code` and `signal` are null if they were not observed: unknown is never 0. */
export interface Outcome extends Exit {
  reason: Reason;
  /** Processes that were alive when the main process had ended without a stop. */
  leftovers: number;
}

export type TerminalEvent = "succeeded" | "failed" | "cancelled" | "timed_out" | "lost";

/** The terminal event that an outcome amounts to. */
export function terminalEventOf(outcome: Outcome): TerminalEvent {
  const { ends } = reasons[outcome.reason];
  if (ends !== null) return ends;
  if (outcome.code === null && outcome.signal === null) return "lost";
  return outcome.code === 0 ? "succeeded" : "failed";
}
