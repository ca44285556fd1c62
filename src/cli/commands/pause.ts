import { changeJobs } from "../bulk/change-jobs.ts";
import { bulkHelp, selectorOptions } from "../bulk/selection.ts";
import { untilChanged } from "../bulk/until-changed.ts";
import type { Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";

const actsOn = ["running"] as const;

export const definition: VerbDefinition = {
  name: "pause",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --all|--tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: selectorOptions,
  description: [
    "Freezes every process of running jobs. They keep their memory and GPUs. Time while paused does not count towards the time limit; a job submitted with --with-server still ends when no server runs for 30 s. The receipt and holdfast show give the time of each pause. Exits with 0 once all are frozen, and with 1 if one is not frozen after a minute; the request stands then.",
    ...bulkHelp("--all"),
    selectorHelp,
  ],
  examples: [{ type: "holdfast pause 42", does: "make room on the CPUs for a while" }],
};

export const run: Run = (context) =>
  changeJobs(context, {
    name: "pause",
    actsOn,
    everything: "--all",
    done: "paused",
    change: async ({ id }) =>
      await untilChanged(context, await context.server.pause(id), {
        verb: "pause",
        from: "running",
        to: "paused",
      }),
    show: ({ id, spec }) =>
      context.screen.say(
        `job ${id} ${titleOf(spec)} is paused; holdfast resume ${id} lets it run on`,
      ),
  });
