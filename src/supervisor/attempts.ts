import { join } from "node:path";
import type { AttemptSummary } from "../contract/job.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { Receipt } from "../contract/receipt.ts";
import { isTerminal } from "../job/states.ts";
import type { AttemptRow, JobRow } from "../store/rows.ts";
import type { Context } from "./context.ts";
import { attemptView } from "./job-view.ts";
import { receiptWithoutExecution } from "./receipts.ts";
import type { OutputLog, OutputStream } from "./supervisor.ts";

/** A job's attempts, oldest first, each with its own end. */
export function attemptsOf(context: Context, job: JobRow): Result<{ attempts: AttemptSummary[] }> {
  const { attempts } = context.store;
  return accept({
    attempts: attempts.ofJob(job.id).map((attempt) => {
      const receipt = attempts.receipt(attempt.id);
      return Object.assign(attemptView(context, attempt), {
        state: receipt?.state ?? null,
        outcome: receipt?.outcome ?? null,
      });
    }),
  });
}

/** Of the attempt with that number; null: of the last one, when the job has ended. */
export function receiptOf(
  { store }: Context,
  job: JobRow,
  attemptNumber: number | null,
): Result<Receipt> {
  const { id } = job;
  if (attemptNumber !== null) {
    const attempt = store.attempts.numbered(id, attemptNumber);
    if (attempt === null) return noSuchAttempt(store.attempts.countOf(id), id, attemptNumber);
    const receipt = store.attempts.receipt(attempt.id);
    return receipt === null ? refuse("no_receipt", { id }) : accept(receipt);
  }
  if (!isTerminal(job.state) || job.outcome === null) return refuse("no_receipt", { id });
  const stored = job.attempt === null ? null : store.attempts.receipt(job.attempt);
  return accept(stored ?? receiptWithoutExecution(job, job.outcome));
}

/** Null: the log that is being written, or was written last. */
export function outputOf(
  { store, engine }: Context,
  job: JobRow,
  stream: OutputStream,
  attemptNumber: number | null,
): Result<OutputLog> {
  const over = isTerminal(job.state);
  const log = (attempt: string, complete: boolean) =>
    accept({
      path: join(
        engine.folderOf(attempt),
        job.spec.output === "joined" ? "output.log" : (`${stream}.log` as const),
      ),
      complete,
    });
  if (attemptNumber !== null) {
    const attempt: AttemptRow | null = store.attempts.numbered(job.id, attemptNumber);
    if (attempt === null)
      return noSuchAttempt(store.attempts.countOf(job.id), job.id, attemptNumber);
    return log(attempt.id, over || attempt.endedAtMs !== null);
  }
  if (job.attempt !== null) return log(job.attempt, over);
  return over
    ? refuse("no_output", { what: "the job never started" })
    : accept({ path: "", complete: false });
}

function noSuchAttempt(count: number, id: number, attempt: number): ReturnType<typeof refuse> {
  return refuse("no_such_attempt", { id, attempt, count });
}
