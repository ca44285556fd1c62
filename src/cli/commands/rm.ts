import { changeJobs } from "../bulk/change-jobs.ts";
import { bulkHelp, bulkOptions } from "../bulk/selection.ts";
import type { Run } from "../context.ts";
import { endedStates } from "../format/states.ts";
import { titleOf } from "../format/command-line.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";

const actsOn = endedStates;

export const definition: VerbDefinition = {
  name: "rm",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --ended|--tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: [
    { long: "--ended", summary: "Every job that has ended; asks first" },
    {
      long: "--older-than",
      value: "DURATION",
      summary: "Only jobs that ended at least this long ago, such as 30d",
    },
    ...bulkOptions,
  ],
  description: [
    "Removes ended jobs from the history, with their output and receipt. With --json each job is written as it was.",
    ...bulkHelp("--ended"),
    selectorHelp,
  ],
  examples: [
    { type: "holdfast rm 1-20", does: "refused for jobs that have not ended" },
    { type: "holdfast rm --ended --older-than 30d", does: "jobs that ended at least 30 days ago" },
  ],
};

export const run: Run = (context) => {
  const { screen, server } = context;
  return changeJobs(context, {
    name: "rm",
    actsOn,
    everything: "--ended",
    done: "removed",
    async change(job) {
      await server.remove(job.id);
      return job;
    },
    show: (job) => screen.say(`job ${job.id} ${titleOf(job.spec)} removed`),
  });
};
