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
        "Time from the first signal to SIGKILL (e.g. 30s). While the job is stopping: time from now to SIGKILL, also later than planned",
    },
    { long: "--no-wait", summary: "Do not wait until every process is confirmed gone" },
    {
      long: "--wait",
      value: "DURATION",
      summary:
        "Give up waiting this long after the start if the stop is stuck or its keeper does not answer. Default: 60s",
    },
  ],
  description: [
    "Stops jobs: sends the job's stop signal to its processes, then SIGKILL when the grace period is over. Waits and shows the progress; exits with 0 once every process is confirmed gone. A job that has already ended is reported and is not an error. Ctrl+C ends the waiting; the stop continues.",
    "With --no-wait it exits with 1 unless the end was confirmed at once; holdfast wait reports it later. While a job is stopping, --grace moves SIGKILL to that time from now, earlier or later, until SIGKILL was sent. Without --grace another cancel never moves it to a later time. A stop because the machine shuts down or runs out of memory cannot be prolonged. If a process cannot be killed because it hangs in the kernel, the job is stuck: after --wait the command exits with 1 and names the process. The stop continues, and the GPUs remain assigned.",
    ...bulkHelp("--all"),
    selectorHelp,
  ],
  examples: [
    { type: "holdfast cancel 42", does: "stop it as it was submitted to be stopped" },
    { type: "holdfast cancel 40-45 --grace 2m", does: "give six jobs two minutes to save" },
    {
      type: "holdfast cancel 42 --grace 5m",
      does: "while it is stopping: give it five more minutes",
    },
    {
      type: "holdfast cancel --state queued --tag sweep",
      does: "the jobs of a sweep that have not started",
    },
    { type: "holdfast cancel --all --dry-run", does: "show every job that has not ended" },
  ],
};

export const run: Run = (context) => {
  const graceMs = durationValue(context.args, "--grace");
  return stopJobs(context, verb, (id, onlyIn) => context.server.cancel(id, graceMs, onlyIn));
};
