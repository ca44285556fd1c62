import { z } from "zod";
import { isTerminal } from "../job/states.ts";
import { job } from "./job.ts";
import { receipt } from "./receipt.ts";

/** One line of `holdfast export`: an ended job and its receipt, without its output. */
export const historyLine = z.object({
  holdfast: z.literal(1),
  job: job.refine(({ state }) => isTerminal(state), "has not ended"),
  receipt,
});
export type HistoryLine = z.infer<typeof historyLine>;
