import { bulkHelp, selectorOptions, type BulkVerb } from "../bulk/selection.ts";
import type { Run } from "../context.ts";
import { liveStates } from "../format/states.ts";
import { jobsOrSelector, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { durationValue } from "../grammar/values.ts";
import { stopJobs } from "../stopping/stop-jobs.ts";

const actsOn = liveStates;
const verb: BulkVerb = { name: "cancel", actsOn, everything: "--all" };

export const definition: VerbDefinition = {
  name: "cancel",
  usage: ["[OPTIONS] JOB...", "[OPTIONS] --all|--tag TAG|--state STATE"],
  operands: jobsOrSelector,
  actsOn,
  options: [
    ...selectorOptions,
    {
      long: "--grace",
      value: "DURATION",
      summary:
        "Time from the first signal to KILL, such as 30s. While the job is stopping: from now to KILL, also later",
    },
    { long: "--no-wait", summary: "Do not wait for the proof that nothing lives" },
    {
      long: "--wait",
      value: "DURATION",
      summary:
        "Give up waiting this long after the start if the stop is stuck or its keeper does not answer. Default: 60s",
    },
  ],
  description: [
    "Stops jobs: every process gets the job's stop signal, and KILL when its grace period is over. Waits until nothing of them lives and shows how far it is; exits with 0 only then. A job that has already ended is reported, and is no error. Ctrl+C stops the waiting, not the stop.",
    "With --no-wait it exits with 1 unless the death was seen at once: holdfast wait reports later. While a job is stopping, --grace moves KILL to that time from now, earlier or later, until KILL was sent; without --grace another cancel never moves it to a later moment. A stop because the machine is shut down or runs out of memory cannot be prolonged. Where a process cannot be killed (it hangs in the kernel) the job is stuck: after --wait it exits with 1 and says who; the stop goes on, and the GPUs stay taken.",
    ...bulkHelp("--all"),
    selectorHelp,
  ],
  examples: [
    { type: "holdfast cancel 42", does: "stop it as it was submitted to be stopped" },
    { type: "holdfast cancel 40-45 --grace 2m", does: "give six jobs two minutes to save" },
    {
      type: "holdfast cancel 42 --grace 5m",
      does: "while it is stopping: give it five minutes more",
    },
    { type: "holdfast cancel --state queued --tag sweep", does: "what has not started of a sweep" },
    { type: "holdfast cancel --all --dry-run", does: "show every job that has not ended" },
  ],
};

export const run: Run = (context) => {
  const graceMs = durationValue(context.args, "--grace");
  return stopJobs(context, verb, (id, onlyIn) => context.server.cancel(id, graceMs, onlyIn));
};
