import { access } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptSummary } from "../../contract/attempt.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { isTerminal } from "../../job/states.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import { folderOf } from "../attempt/folder.ts";
import type { Context } from "../context.ts";
import { damageOf } from "./damage.ts";
import { attemptView, type AttemptViewParts } from "./job-view.ts";
import type { StoredReceipt } from "../../store/receipts.ts";
import { rebuiltReceipt } from "../receipt/rebuilt.ts";
import { receiptWithoutExecution } from "../receipt/receipts.ts";
import type { OutputLog, OutputStream, WhichAttempt } from "../supervisor.ts";

export type AttemptParts = AttemptViewParts & Pick<Context, "store">;

/** A job's attempts, oldest first, each with its own end. */
export async function attemptsOf(
  context: AttemptParts,
  job: JobRow,
): Promise<Result<{ attempts: AttemptSummary[] }>> {
  const summaries = allOf(context, job).map((attempt) => summaryOf(context, job, attempt));
  return accept({ attempts: await Promise.all(summaries) });
}

async function summaryOf(
  context: AttemptParts,
  job: JobRow,
  attempt: AttemptRow,
): Promise<AttemptSummary> {
  const receipt = await storedOrRebuilt(context, job, attempt);
  return {
    ...(await attemptView(context, attempt)),
    ...(receipt === "damaged" || receipt === null
      ? { state: null, outcome: null }
      : { state: receipt.state, outcome: receipt.outcome }),
    ...(receipt === "damaged" ? { damaged: [...(attempt.damaged ?? []), "state", "outcome"] } : {}),
  };
}

/** Includes the current attempt even if the job in its row is damaged. */
function allOf({ store }: Pick<Context, "store">, { id, attempt }: JobRow): AttemptRow[] {
  const all = store.attempts.ofJob(id);
  if (attempt === null || all.some((one) => one.id === attempt)) return all;
  const current = store.attempts.get(attempt);
  return current === null ? all : [...all, current];
}

/** Of the attempt with that number; null: of the last one, when the job has ended. */
export async function receiptOf(
  context: AttemptParts,
  job: JobRow,
  attemptNumber: number | null,
): Promise<Result<Receipt>> {
  const { store } = context;
  const { id } = job;
  if (attemptNumber !== null) {
    const attempt = store.attempts.numbered(id, attemptNumber);
    if (attempt === null) return noSuchAttempt(store.attempts.countOf(id), id, attemptNumber);
    const receipt = await storedOrRebuilt(context, job, attempt);
    if (receipt === "damaged") return damagedReceipt(job, attempt.number);
    return receipt === null ? refuse("no_receipt", { id }) : accept(receipt);
  }
  if (!isTerminal(job.state)) return refuse("no_receipt", { id });
  const last = job.attempt === null ? null : store.attempts.get(job.attempt);
  const stored = last === null ? null : await storedOrRebuilt(context, job, last);
  if (stored === "damaged") return damagedReceipt(job, store.attempts.countOf(id));
  // There was one, and the receipt would say that nothing was executed.
  if (job.attempt !== null && last === null) return damagedReceipt(job, null);
  if (stored !== null) return accept(stored);
  // It would be built from these: its state, outcome and times.
  if (job.damaged.length > 0) return damagedReceipt(job, null);
  if (job.outcome === null) return refuse("no_receipt", { id });
  const stopRequests = store.stopRequests.ofJob(id);
  return accept({ ...receiptWithoutExecution(job, job.outcome), stopRequests });
}

/** A damaged or lost receipt is rebuilt from the keeper's sealed exit record, if there is one. */
async function storedOrRebuilt(
  context: AttemptParts,
  job: JobRow,
  attempt: AttemptRow,
): Promise<StoredReceipt> {
  const stored = context.store.receipts.of(attempt.id);
  if (stored !== null && stored !== "damaged") return stored;
  return (await rebuiltReceipt(context, job, attempt)) ?? stored;
}

/** A receipt states what was observed: a receipt that was altered since is not shown as if it did. */
function damagedReceipt(job: JobRow, attempt: number | null): ReturnType<typeof refuse> {
  const { id, state, outcome, damaged } = job;
  const code = outcome === null || outcome.code === null ? "" : `, exit ${outcome.code}`;
  const certain = ["state", "outcome"].some((field) => damaged.includes(field))
    ? ""
    : ` (certain: it is ${state}${code})`;
  return refuse("record_damaged", {
    what: `the receipt of job ${id}${attempt === null ? "" : `, attempt ${attempt}`}${certain}`,
    next: damageOf({ ...job, damaged: ["receipt"] }, null)?.next ?? "",
  });
}

export async function outputOf(
  context: AttemptParts,
  job: JobRow,
  stream: OutputStream,
  which: WhichAttempt,
): Promise<Result<OutputLog>> {
  const { store } = context;
  const over = isTerminal(job.state);
  const all = store.attempts.withLogs(job.id);
  const attempt = pick(all, which);
  if (attempt === undefined) {
    if (which !== null && "exactly" in which)
      return noSuchAttempt(store.attempts.countOf(job.id), job.id, which.exactly);
    if (over) return refuse("no_output", { what: "the job never started" });
    return accept({ path: "", complete: false, attempt: null, next: null, over });
  }
  const folder = folderOf(context, attempt.id);
  const joined = job.damaged.includes("spec")
    ? await isThere(join(folder, "output.log"))
    : job.spec.output === "joined";
  const name = joined ? "output.log" : (`${stream}.log` as const);
  return accept({
    path: join(folder, name),
    complete: over || attempt.endedAtMs !== null,
    attempt: attempt.number,
    next: all.find(({ number }) => number > attempt.number)?.number ?? null,
    over,
  });
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
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
