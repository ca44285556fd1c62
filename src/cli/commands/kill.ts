import { bulkHelp, selectorOptions, type BulkVerb } from "../bulk/selection.ts";
import type { Run } from "../context.ts";
import { liveStates } from "../format/states.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { stopJobs } from "../stopping/stop-jobs.ts";

const actsOn = liveStates;
const verb: BulkVerb = { name: "kill", actsOn, everything: "--all" };

export const definition: VerbDefinition = {
  name: "kill",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --all|--tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: [
    ...selectorOptions,
    { long: "--no-wait", summary: "Do not wait until every process is confirmed gone" },
    {
      long: "--wait",
      value: "DURATION",
      summary:
        "Give up waiting this long after the start if the stop is stuck or its keeper does not answer. Default: 60s",
    },
  ],
  description: [
    "Stops jobs without a grace period, also jobs that are already stopping. Waits until every process is confirmed gone, as holdfast cancel does.",
    ...bulkHelp("--all"),
    selectorHelp,
  ],
  examples: [
    { type: "holdfast kill @", does: "the job submitted last, at once" },
    { type: "holdfast kill --all --yes", does: "every job that has not ended, without asking" },
  ],
};

export const run: Run = (context) =>
  stopJobs(context, verb, (id, onlyIn) => context.server.kill(id, onlyIn));
