import type { Run } from "../context.ts";
import { receiptPage } from "../format/receipt-page.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { wholeValue } from "../grammar/values.ts";
import { forEachJob } from "../select.ts";

export const definition: VerbDefinition = {
  name: "receipt",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [
    {
      long: "--attempt",
      value: "NUMBER",
      summary: "Receipt of this attempt, also while the job runs",
    },
  ],
  description: [
    "Shows how a job ended: each observed process and its end, the time of each phase, what was used, the proof that no process is left, and what could not be proven.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast receipt 42", does: "for people" },
    { type: "holdfast receipt 42 --attempt 1", does: "the first attempt of a retried job" },
    { type: "holdfast receipt 42 --json | jq .processes", does: "for programs" },
  ],
};

export const run: Run = (context) =>
  forEachJob(context, async ({ id }) => {
    const { args, screen, server, json } = context;
    const receipt = await server.receipt(id, wholeValue(args, "--attempt", 1));
    if (json) await screen.document(receipt);
    else await screen.page(receiptPage(receipt));
    return 0;
  });
