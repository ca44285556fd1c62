import { changeJobs } from "../bulk/change-jobs.ts";
import { bulkHelp, selectorOptions } from "../bulk/selection.ts";
import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";

const actsOn = ["queued"] as const;

export const definition: VerbDefinition = {
  name: "hold",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --all|--tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: selectorOptions,
  description: [
    "Keeps queued jobs waiting until holdfast release.",
    ...bulkHelp("--all"),
    selectorHelp,
  ],
  examples: [{ type: "holdfast hold 42", does: "let the others go first" }],
};

export const run: Run = (context) =>
  changeJobs(context, {
    name: "hold",
    actsOn,
    everything: "--all",
    done: "held",
    change: ({ id }) => context.server.hold(id),
    show: ({ id, spec }) =>
      context.screen.say(`job ${id} ${titleOf(spec)} is held; holdfast release ${id} lets it go`),
  });
