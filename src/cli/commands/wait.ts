import type { Job } from "../../client/client.ts";
import type { Context, Run } from "../context.ts";
import { counted } from "../../contract/counted.ts";
import { withoutFirstSeen } from "../../contract/first-seen.ts";
import type { RefusalError } from "../../contract/problems.ts";
import { namedJobs } from "../bulk/chosen.ts";
import { titleOf } from "../format/command-line.ts";
import { exitCodeOf } from "../format/exit-code.ts";
import { describeEnd } from "../format/describe-job.ts";
import { hasEnded } from "../format/states.ts";
import { LiveJob } from "../follow/live-job.ts";
import { pollProgress } from "../follow/progress.ts";
import { awaitedLine } from "../follow/status-line.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { withRefusalReported } from "../select.ts";
import { watchJob, watchJobs } from "../watch.ts";

export const definition: VerbDefinition = {
  name: "wait",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: [
    "Waits until jobs have ended, and exits with the job's own code as holdfast run does. Several jobs are reported in the order in which they end; the exit code is that of the first one in the list whose code is not 0. Ctrl+C ends the waiting, not the jobs.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast wait 42 && make report", does: "continue if it has succeeded" },
    { type: "holdfast wait 1,3,5-7", does: "all of them" },
  ],
};

export const run: Run = async (context) => {
  const { jobs, eventsAfter } = await namedJobs(context.server, context.args.operands);
  const [only, ...others] = jobs;
  if (only !== undefined && others.length === 0)
    return await reported(context, await untilEnded(context, only, eventsAfter));
  return await untilAllEnded(context, jobs, eventsAfter);
};

async function reported({ screen, json, clock }: Context, last: Job): Promise<number> {
  if (json) await screen.document(last);
  else await screen.say(describeEnd(last, titleOf(last.spec), clock.nowMs()));
  return exitCodeOf(last);
}

/** Resolves with the first exit code that is not 0, in the order of `jobs`. */
async function untilAllEnded(
  context: Context,
  jobs: readonly Job[],
  eventsAfter: number,
): Promise<number> {
  const { server, screen } = context;
  const codes = new Map<number, number>();
  const printed = new Map<number, string | null>();
  const onRefused = async ({ id }: Job, refusal: RefusalError) => {
    codes.set(id, await withRefusalReported(context, () => Promise.reject(refusal)));
  };
  try {
    for await (const now of watchJobs(server, jobs, eventsAfter, { onRefused })) {
      const line = hasEnded(now) ? null : awaitedLine(now);
      const lasting = line === null ? null : withoutFirstSeen(line);
      if (line !== null && lasting !== printed.get(now.id)) await screen.say(line);
      printed.set(now.id, lasting);
      if (hasEnded(now)) codes.set(now.id, await reported(context, now));
      await screen.status(
        `waiting for ${counted(jobs.length, "job")}: ${codes.size} ended (Ctrl+C stops waiting)`,
      );
    }
  } finally {
    await screen.status(null);
  }
  return jobs.map(({ id }) => codes.get(id) ?? 0).find((code) => code !== 0) ?? 0;
}

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
