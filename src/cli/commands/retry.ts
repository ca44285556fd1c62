import { changeJobs } from "../bulk/change-jobs.ts";
import { bulkHelp, bulkOptions } from "../bulk/selection.ts";
import type { Run } from "../context.ts";
import { endedStates } from "../format/states.ts";
import { titleOf } from "../format/command-line.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";

const actsOn = endedStates;

export const definition: VerbDefinition = {
  name: "retry",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: bulkOptions,
  description: [
    "Submits ended jobs again with the same command and environment, each as a new job, and writes the new numbers to stdout.",
    ...bulkHelp(null),
    selectorHelp,
  ],
  examples: [
    { type: "holdfast retry 42", does: "once more" },
    { type: "holdfast retry --state failed --tag sweep", does: "the failed jobs of a sweep" },
  ],
};

export const run: Run = (context) => {
  const { screen, server } = context;
  return changeJobs(context, {
    name: "retry",
    actsOn,
    everything: null,
    done: "submitted again",
    inOrder: true,
    change: ({ id }) => server.retry(id),
    async show(job, { id }) {
      await screen.data(`${job.id}\n`);
      if (screen.outIsTerminal)
        await screen.say(`job ${job.id} ${titleOf(job.spec)} tries job ${id} again`);
    },
  });
};
