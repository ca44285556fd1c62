import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { changeJobs } from "../stop.ts";

export const definition: VerbDefinition = {
  name: "pause",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: [
    "Freezes every process of running jobs. Their memory stays taken, their GPUs too; the time limit stands still.",
    selectorHelp,
  ],
  examples: [{ type: "holdfast pause 42", does: "make room on the CPUs for a while" }],
};

export const run: Run = (context) =>
  changeJobs(
    context,
    (id) => context.server.pause(id),
    ({ id, spec }) => `job ${id} ${titleOf(spec)} is paused; holdfast resume ${id} lets it run on`,
  );
