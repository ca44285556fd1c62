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
    { long: "--attempt", value: "NUMBER", summary: "Of that attempt, also while the job goes on" },
  ],
  description: [
    "Shows how an ended job ended: each process that was seen and how it went, the time of each phase, what was used, what proves that nothing of it lives, and what could not be proven.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast receipt 42", does: "for people" },
    { type: "holdfast receipt 42 --attempt 1", does: "of a job that was tried again" },
    { type: "holdfast receipt 42 --json | jq .processes", does: "for programs" },
  ],
};

export const run: Run = (context) =>
  forEachJob(context, async ({ id }) => {
    const { args, screen, server, json } = context;
    const receipt = await server.receipt(id, wholeValue(args, "--attempt", 1));
    if (json) await screen.document(receipt);
    else await screen.lines(receiptPage(receipt, screen.width, screen.style));
    return 0;
  });
