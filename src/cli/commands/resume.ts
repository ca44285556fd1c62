import { changeJobs } from "../bulk/change-jobs.ts";
import { bulkHelp, selectorOptions } from "../bulk/selection.ts";
import { untilChanged } from "../bulk/until-changed.ts";
import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";

const actsOn = ["paused"] as const;

export const definition: VerbDefinition = {
  name: "resume",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --all|--tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: selectorOptions,
  description: ["Resumes paused jobs.", ...bulkHelp("--all"), selectorHelp],
  examples: [{ type: "holdfast resume 42", does: "after holdfast pause" }],
};

export const run: Run = (context) =>
  changeJobs(context, {
    name: "resume",
    actsOn,
    everything: "--all",
    done: "resumed",
    change: async ({ id }) =>
      await untilChanged(context, await context.server.resume(id), {
        verb: "resume",
        from: "paused",
        to: "running",
      }),
    show: ({ id, spec }) => context.screen.say(`job ${id} ${titleOf(spec)} runs on`),
  });
