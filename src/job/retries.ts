import { terminalEventOf, type Outcome } from "./outcome.ts";
import type { Reason } from "./reasons.ts";

/** Ends of an attempt after which a job can be wanted to run again. */
export const retryCauses = [
  /** The main process ended with another code than 0, or by a signal that we did not send. */
  "failed",
  "out_of_memory",
  "timed_out",
  /** Its keeper was killed. */
  "keeper_lost",
  /** The machine, or the container that Holdfast ran in, restarted while it ran or was being shut down. */
  "machine_restarted",
] as const;
export type RetryCause = (typeof retryCauses)[number];

/** The default causes of a retry. Not memory or time, which would run out again. */
export const defaultCauses: readonly RetryCause[] = ["failed", "keeper_lost", "machine_restarted"];

/** Automatic retries: the maximum number, the causes, and the wait (doubled each time). */
export interface Retries {
  /** 0: never. */
  max: number;
  on: RetryCause[];
  delayMs: number;
}

const longestDelayMs = 3_600_000;

/** The decision is about a whole attempt. A reason that is not here was requested or would recur. */
const causeOfReason: Partial<Record<Reason, RetryCause>> = {
  memory: "out_of_memory",
  out_of_memory: "out_of_memory",
  time_limit: "timed_out",
  keeper_lost: "keeper_lost",
  machine_restarted: "machine_restarted",
  // For a job, the end of its container is a restart.
  namespace_ended: "machine_restarted",
  shutdown: "machine_restarted",
  // As when a user's session ends, or the scope with the jobs is stopped by hand.
  keeper_terminated: "machine_restarted",
};

/** Null for a success, for a requested end, and for a program that could not be executed. */
export function causeOf(outcome: Outcome): RetryCause | null {
  if (outcome.reason !== "exited") return causeOfReason[outcome.reason] ?? null;
  const end = terminalEventOf(outcome);
  return end === "failed" ? "failed" : end === "lost" ? "keeper_lost" : null;
}

/** How long to wait before the next attempt; null: there is none. `executed`: attempts so far that ran, the ended one included. */
export function delayBeforeRetry(
  retries: Retries,
  executed: number,
  outcome: Outcome,
): number | null {
  const cause = causeOf(outcome);
  if (cause === null || !retries.on.includes(cause) || executed > retries.max) return null;
  const doubled = retries.delayMs * 2 ** Math.min(executed - 1, 30);
  return Math.max(retries.delayMs, Math.min(doubled, longestDelayMs));
}
