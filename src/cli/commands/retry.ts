import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { forEachJob } from "../select.ts";

export const definition: VerbDefinition = {
  name: "retry",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: [
    "Submits what ended jobs were asked to do again, environment included, each as a new job, and writes the new numbers to stdout.",
    selectorHelp,
  ],
  examples: [{ type: "holdfast retry 42", does: "once more" }],
};

export const run: Run = (context) =>
  forEachJob(context, async ({ id }) => {
    const { screen, server, json } = context;
    const job = await server.retry(id);
    if (json) {
      await screen.document(job);
      return 0;
    }
    await screen.data(`${job.id}\n`);
    if (screen.outIsTerminal)
      await screen.say(`job ${job.id} ${titleOf(job.spec)} tries job ${id} again`);
    return 0;
  });
