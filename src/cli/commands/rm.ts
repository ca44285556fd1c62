import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { forEachJob } from "../select.ts";

export const definition: VerbDefinition = {
  name: "rm",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: [
    "Removes ended jobs from the history, with their output and receipt. With --json each job is written as it was.",
    selectorHelp,
  ],
  examples: [{ type: "holdfast rm 1-20", does: "those that have not ended are refused" }],
};

export const run: Run = (context) =>
  forEachJob(context, async (job) => {
    await context.server.remove(job.id);
    if (context.json) await context.screen.document(job);
    else await context.screen.say(`job ${job.id} ${titleOf(job.spec)} removed`);
    return 0;
  });
