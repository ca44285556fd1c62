import { counted } from "../../contract/counted.ts";
import type { JobVariables } from "../../contract/job-variables.ts";
import type { Waiting } from "../../contract/job.ts";
import { formatDuration } from "../../contract/units.ts";
import { terminalEventOf, type Outcome } from "../../job/outcome.ts";
import { reasons } from "../../job/reasons.ts";
import { causeOf, delayBeforeRetry } from "../../job/retries.ts";
import type { Changes } from "../../store/jobs.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../context.ts";

export type RetryParts = Pick<Context, "store" | "clock" | "followers">;

/**
 * What changes in a job whose attempt has ended and that is to run again; null if the job has ended
 * with it. Called in the transaction that stores the attempt's receipt, which is already counted. A
 * request to stop takes precedence over every policy.
 */
export function retryAfter(context: RetryParts, job: JobRow, outcome: Outcome): Changes | null {
  if (isStopWanted(context, job)) return null;
  const { store, clock } = context;
  const nowMs = clock.nowMs();
  const executed = store.attempts.countExecuted(job.id);
  const delayMs = delayBeforeRetry(job.spec.retries, executed, outcome);
  if (delayMs === null) return null;
  return {
    reason: null,
    startedAtMs: null,
    message: `attempt ${executed}: ${endOf(outcome)}`,
    wait: { fromMs: nowMs, untilMs: nowMs + delayMs },
  };
}

/** The same before the transaction, for its name alone. */
export function isTriedAgain(
  context: RetryParts,
  { job: id }: AttemptRow,
  outcome: Outcome,
): boolean {
  const { store } = context;
  const job = store.jobs.get(id);
  if (job === null || isStopWanted(context, job)) return false;
  return delayBeforeRetry(job.spec.retries, store.attempts.countExecuted(id) + 1, outcome) !== null;
}

/** Includes requests that the disk has not taken yet: the first free space may be used by the end. */
function isStopWanted(
  { followers }: Pick<Context, "followers">,
  { id, stopReason }: JobRow,
): boolean {
  return stopReason !== null || (followers.get(id)?.unrecorded ?? []).length > 0;
}

/** Why a job that has run already is in the queue; null for others, and when its wait is over. */
export function waitingForRetry(
  { clock }: Pick<Context, "clock">,
  { wait, spec }: JobRow,
): Waiting | null {
  const nowMs = clock.nowMs();
  if (wait === null || nowMs < wait.fromMs || nowMs >= wait.untilMs) return null;
  const left = formatDuration(Math.ceil((wait.untilMs - nowMs) / 1000) * 1000);
  return {
    code: "retry",
    message: `the next attempt in ${left} (at most ${counted(spec.retries.max, "retry", "retries")})`,
    hint: "it starts automatically; holdfast cancel gives it up",
  };
}

/** What a payload learns about the attempts before it, so that it can resume. */
export function retryVariables(store: Store, job: number): Record<string, string> {
  const before = store.receipts.last(job);
  return {
    HOLDFAST_RETRY: String(store.attempts.countExecuted(job)),
    HOLDFAST_RETRY_AFTER:
      before === null || before === "damaged" ? "" : (causeOf(before.outcome) ?? ""),
  } satisfies JobVariables;
}

function endOf(outcome: Outcome): string {
  const { code, signal, reason } = outcome;
  if (reason !== "exited") return reasons[reason].message;
  if (signal !== null) return `ended by signal ${signal}`;
  return code === null ? terminalEventOf(outcome) : `exit ${code}`;
}
