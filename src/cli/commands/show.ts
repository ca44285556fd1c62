import type { Run } from "../context.ts";
import { jobPage } from "../format/job-page.ts";
import { jobOperands, selectorHelp, type VerbDefinition } from "../grammar/definition.ts";
import { selectedJobs } from "../select.ts";

export const definition: VerbDefinition = {
  name: "show",
  usage: ["[OPTIONS] JOB..."],
  operands: jobOperands,
  options: [],
  description: [
    "Shows everything about a job: its state and the reason, what it waits for, its command, limits, working directory and times. Of its environment only the number of variables is shown.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast show @", does: "the job submitted last" },
    { type: "holdfast show 42 --json", does: "as the API's document" },
  ],
};

export const run: Run = async (context) => {
  const { screen, server, clock, json } = context;
  const jobs = await selectedJobs(context);
  for (const [index, { id }] of jobs.entries()) {
    // A list has no hints.
    const job = await server.show(id);
    if (json) {
      await screen.document(job);
      continue;
    }
    const several = (job.attempt?.number ?? 0) > 1;
    const attempts = several ? await server.attempts(job.id) : [];
    const page = jobPage(job, clock.nowMs(), attempts);
    await screen.page(index > 0 ? ["", ...page] : page);
  }
  return 0;
};
