import type { Run } from "../context.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { durationValue } from "../grammar/values.ts";
import { stopJobs } from "../stop.ts";

export const definition: VerbDefinition = {
  name: "cancel",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [
    {
      long: "--grace",
      value: "DURATION",
      summary: "Time from the first signal to KILL, such as 30s",
    },
    { long: "--no-wait", summary: "Do not wait for the proof that nothing lives" },
    {
      long: "--wait",
      value: "DURATION",
      summary: "Give up waiting so long after the start where it is stuck; 60s is usual",
    },
  ],
  description: [
    "Stops jobs: every process gets the job's stop signal, and KILL when its grace period is over. Waits until nothing of them lives and shows how far it is; exits with 0 only then. Ctrl+C stops the waiting, not the stop.",
    "With --no-wait it exits with 1 unless the death was seen at once: holdfast wait tells later. A shorter --grace cuts a running stop short. Where a process cannot be killed (it hangs in the kernel) the job is stuck: after --wait it exits with 1 and says who; the stop goes on, and the GPUs stay taken.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast cancel 42", does: "stop it as it was submitted to be stopped" },
    { type: "holdfast cancel 40-45 --grace 2m", does: "give six jobs two minutes to save" },
  ],
};

export const run: Run = (context) => {
  const graceMs = durationValue(context.args, "--grace");
  return stopJobs(context, (id) => context.server.cancel(id, graceMs));
};
