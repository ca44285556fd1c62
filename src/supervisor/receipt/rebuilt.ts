import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { terminalEventOf, type Outcome } from "../../job/outcome.ts";
import { isTerminal } from "../../job/states.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { reasonOfStop } from "../attempt/keeper-reason.ts";
import { isOfThisBoot } from "../recovery/other-namespace.ts";
import { ranOutOfMemory } from "./out-of-memory.ts";
import { receiptOfExit } from "./receipts.ts";

/**
 * The receipt of an ended attempt whose own is not what was written, or is lost, from the keeper's
 * sealed exit record. What the server had added to that record is gone, and the receipt says so. Null:
 * there is no such record.
 */
export async function rebuiltReceipt(
  context: Pick<Context, "store" | "engines">,
  job: JobRow,
  attempt: AttemptRow,
): Promise<Receipt | null> {
  const { store, engines } = context;
  if (attempt.endedAtMs === null) return null;
  const { exit } = await engines.of(attempt).prove(attempt);
  if (exit === null) return null;
  const outcome = await outcomeOf(context, job, attempt, exit);
  const isLast = job.attempt === attempt.id && isTerminal(job.state);
  const state = isLast && !job.damaged.includes("state") ? job.state : terminalEventOf(outcome);
  const seen = { container: null, gpus: null, groupIsEmpty: false };
  const receipt = receiptOfExit(job, attempt, state, outcome, exit, seen);
  return {
    ...receipt,
    stopRequests: store.stopRequests.ofAttempt(attempt.id),
    rebuilt: { from: "exit.json", why: "the stored receipt was damaged or lost" },
    unproven: [
      ...receipt.unproven,
      {
        what: "what the server had added: the container's end, the GPUs' memory, a full disk",
        why: "the stored receipt was damaged or lost; this one was rebuilt from its keeper's sealed exit record",
      },
    ],
  };
}

/** The stored value, if it is not damaged. */
async function outcomeOf(
  { store, engines }: Pick<Context, "store" | "engines">,
  job: JobRow,
  attempt: AttemptRow,
  exit: ExitRecord,
): Promise<Outcome> {
  if (job.attempt === attempt.id && job.outcome !== null) return job.outcome;
  const stopped = reasonOfStop(exit, {
    request: store.stopRequests.ofAttempt(attempt.id)[0] ?? null,
    sameBoot: await isOfThisBoot(engines, attempt),
    goingDown: false,
  });
  const reason = ranOutOfMemory(exit, attempt.limits) ? "out_of_memory" : stopped;
  return { code: exit.main.code, signal: exit.main.signal, reason, leftovers: exit.leftovers };
}
