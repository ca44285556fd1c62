import { changeJobs } from "../bulk/change-jobs.ts";
import { bulkHelp, selectorOptions } from "../bulk/selection.ts";
import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";

const actsOn = ["held"] as const;

export const definition: VerbDefinition = {
  name: "release",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --all|--tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: selectorOptions,
  description: [
    "Releases held jobs: they wait for their turn like every other job.",
    ...bulkHelp("--all"),
    selectorHelp,
  ],
  examples: [{ type: "holdfast release 42", does: "after holdfast hold or submit --hold" }],
};

export const run: Run = (context) =>
  changeJobs(context, {
    name: "release",
    actsOn,
    everything: "--all",
    done: "released",
    change: ({ id }) => context.server.release(id),
    show: ({ id, spec }) => context.screen.say(`job ${id} ${titleOf(spec)} is in the queue`),
  });
