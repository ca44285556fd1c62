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
    "Shows everything about a job: its state and why, what it waits for, its command, limits, place and times. Of its environment only the number of variables is shown.",
    selectorHelp,
  ],
  examples: [
    { type: "holdfast show @", does: "the job submitted last" },
    { type: "holdfast show 42 --json", does: "as the API's document" },
  ],
};

export const run: Run = async (context) => {
  const { screen, clock, json } = context;
  const jobs = await selectedJobs(context);
  for (const [index, job] of jobs.entries()) {
    if (json) await screen.document(job);
    else if (index > 0) await screen.lines(["", ...jobPage(job, clock.nowMs(), screen.style)]);
    else await screen.lines(jobPage(job, clock.nowMs(), screen.style));
  }
  return 0;
};
