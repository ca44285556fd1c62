import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { changeJobs } from "../stop.ts";

export const definition: VerbDefinition = {
  name: "resume",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: ["Lets paused jobs run on.", selectorHelp],
  examples: [{ type: "holdfast resume 42", does: "after holdfast pause" }],
};

export const run: Run = (context) =>
  changeJobs(
    context,
    (id) => context.server.resume(id),
    ({ id, spec }) => `job ${id} ${titleOf(spec)} runs on`,
  );
