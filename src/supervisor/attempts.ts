import { join } from "node:path";
import type { AttemptSummary } from "../contract/job.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import type { Receipt } from "../contract/receipt.ts";
import { isTerminal } from "../job/states.ts";
import type { AttemptRow, JobRow } from "../store/rows.ts";
import type { Context } from "./context.ts";
import { attemptView } from "./job-view.ts";
import { receiptWithoutExecution } from "./receipts.ts";
import type { OutputLog, OutputStream, WhichAttempt } from "./supervisor.ts";

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

export function outputOf(
  { store, engine }: Context,
  job: JobRow,
  stream: OutputStream,
  which: WhichAttempt,
): Result<OutputLog> {
  const over = isTerminal(job.state);
  const all = store.attempts.withLogs(job.id);
  const attempt = pick(all, which);
  if (attempt === undefined) {
    if (which !== null && "exactly" in which)
      return noSuchAttempt(store.attempts.countOf(job.id), job.id, which.exactly);
    if (over) return refuse("no_output", { what: "the job never started" });
    return accept({ path: "", complete: false, attempt: null, next: null, over });
  }
  const name = job.spec.output === "joined" ? "output.log" : (`${stream}.log` as const);
  return accept({
    path: join(engine.folderOf(attempt.id), name),
    complete: over || attempt.endedAtMs !== null,
    attempt: attempt.number,
    next: all.find(({ number }) => number > attempt.number)?.number ?? null,
    over,
  });
}

function pick<A extends Pick<AttemptRow, "number">>(all: A[], which: WhichAttempt): A | undefined {
  if (which === null) return all.at(-1);
  return "exactly" in which
    ? all.find(({ number }) => number === which.exactly)
    : all.find(({ number }) => number >= which.atLeast);
}

function noSuchAttempt(count: number, id: number, attempt: number): ReturnType<typeof refuse> {
  return refuse("no_such_attempt", { id, attempt, count });
}
