import type { Job } from "../../client/client.ts";
import type { Context, Run } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { exitCodeOf } from "../format/exit-code.ts";
import { endWords } from "../format/job-words.ts";
import { LiveJob } from "../follow/live-job.ts";
import { pollProgress } from "../follow/progress.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { forEachJob } from "../select.ts";
import { watchJob } from "../watch.ts";

export const definition: VerbDefinition = {
  name: "wait",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: [
    "Waits until jobs have ended, one after the other, and exits with the job's own code as holdfast run does. Of several jobs the first code that is not 0 counts. Ctrl+C ends the waiting, not the job.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast wait 42 && make report", does: "continue if it has succeeded" },
    { type: "holdfast wait 1,3,5-7", does: "all of them" },
  ],
};

export const run: Run = (context) =>
  forEachJob(context, async (job, eventsAfter) => {
    const last = await untilEnded(context, job, eventsAfter);
    if (context.json) await context.screen.document(last);
    else await context.screen.say(endWords(last, titleOf(last.spec), context.clock.nowMs()));
    return exitCodeOf(last);
  });

async function untilEnded(context: Context, job: Job, eventsAfter: number): Promise<Job> {
  const { server, screen, clock } = context;
  const live = new LiveJob(screen, clock, job);
  const stopPolling = pollProgress(context, live);
  try {
    for await (const now of watchJob(server, job, eventsAfter, {})) await live.heard(now);
    return live.job;
  } finally {
    stopPolling();
    await live.close();
  }
}
