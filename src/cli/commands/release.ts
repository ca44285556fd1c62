import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { changeJobs } from "../stop.ts";

export const definition: VerbDefinition = {
  name: "release",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: ["Lets held jobs go: they wait for their turn as every other.", selectorHelp],
  examples: [{ type: "holdfast release 42", does: "after holdfast hold or submit --hold" }],
};

export const run: Run = (context) =>
  changeJobs(
    context,
    (id) => context.server.release(id),
    ({ id, spec }) => `job ${id} ${titleOf(spec)} is in the queue`,
  );
