import { changeJobs } from "../bulk/change-jobs.ts";
import { bulkHelp, bulkOptions } from "../bulk/selection.ts";
import type { Run } from "../context.ts";
import { endedStates } from "../format/states.ts";
import { givenVariables } from "../submission/environment.ts";
import { titleOf } from "../format/command-line.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";

const actsOn = endedStates;

export const definition: VerbDefinition = {
  name: "retry",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: [
    {
      long: "--env",
      short: "-e",
      value: "KEY[=VALUE]",
      repeats: true,
      summary: "Set a variable, or take its current value: for values that were removed",
    },
    ...bulkOptions,
  ],
  description: [
    "Submits ended jobs again with the same command and environment, each as a new job, and writes the new numbers to stdout.",
    "Secrets (values of names such as HF_TOKEN or DB_PASSWORD) are removed when a job ends. A job that had some is refused, with their names, until they are given with -e.",
    ...bulkHelp(null),
    selectorHelp,
  ],
  examples: [
    { type: "holdfast retry 42", does: "once more" },
    { type: "holdfast retry --state failed --tag sweep", does: "the failed jobs of a sweep" },
  ],
};

export const run: Run = (context) => {
  const { screen, server, args, env } = context;
  const given = givenVariables(args, env);
  return changeJobs(context, {
    name: "retry",
    actsOn,
    everything: null,
    done: "submitted again",
    inOrder: true,
    change: ({ id }) => server.retry(id, given),
    async show(job, { id }) {
      await screen.data(`${job.id}\n`);
      if (screen.outIsTerminal)
        await screen.say(`job ${job.id} ${titleOf(job.spec)} tries job ${id} again`);
    },
  });
};
