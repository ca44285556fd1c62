import type { Run } from "../context.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { stopJobs } from "../stop.ts";

export const definition: VerbDefinition = {
  name: "kill",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [
    { long: "--no-wait", summary: "Do not wait for the proof that nothing lives" },
    {
      long: "--wait",
      value: "DURATION",
      summary:
        "Give up waiting this long after the start if the stop is stuck or its keeper does not answer. Default: 60s",
    },
  ],
  description: [
    "Stops jobs without a grace period, also those that are already stopping. Waits until nothing of them lives, as holdfast cancel does.",
    selectorHelp,
  ],
  examples: [{ type: "holdfast kill @", does: "the job submitted last, at once" }],
};

export const run: Run = (context) => stopJobs(context, (id) => context.server.kill(id));
