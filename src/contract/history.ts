import { z } from "zod";
import { isTerminal } from "../job/states.ts";
import { attemptSummary } from "./attempt.ts";
import { fromEarlier } from "./earlier-receipt.ts";
import { job } from "./job.ts";
import { receipt } from "./receipt.ts";

// It names a folder: another value could name a folder that does not belong to Holdfast.
const isUuid = ({ id }: { id: string }) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

const exportedReceipt = z.preprocess(fromEarlier, receipt);

/** One line of `holdfast export`: an ended job with the receipts of its attempts, without its output. */
export const historyLine = z.object({
  holdfast: z.literal(1),
  job: job
    .refine(({ state }) => isTerminal(state), "has not ended")
    .refine(({ attempt }) => attempt === null || isUuid(attempt), "its attempt's id is not a UUID"),
  receipt: exportedReceipt,
  /** Attempts before the last that executed a program, oldest first. */
  earlier: z
    .array(
      z.object({
        attempt: attemptSummary.refine(isUuid, "its id is not a UUID"),
        receipt: exportedReceipt,
      }),
    )
    .default([]),
});
export type HistoryLine = z.infer<typeof historyLine>;
