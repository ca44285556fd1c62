import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { changeJobs } from "../stop.ts";

export const definition: VerbDefinition = {
  name: "hold",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: ["Keeps queued jobs waiting until holdfast release.", selectorHelp],
  examples: [{ type: "holdfast hold 42", does: "let the others go first" }],
};

export const run: Run = (context) =>
  changeJobs(
    context,
    (id) => context.server.hold(id),
    ({ id, spec }) => `job ${id} ${titleOf(spec)} is held; holdfast release ${id} lets it go`,
  );
