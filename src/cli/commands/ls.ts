import { namedJobs } from "../bulk/chosen.ts";
import type { Context, Run } from "../context.ts";
import { jobTable } from "../format/job-table.ts";
import { processTree } from "../format/process-tree.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { folderWarnings, searchedHealth } from "../listing/folder-warnings.ts";
import { listedJobs, listingFrom } from "../listing/listing.ts";
import { watchListing } from "../listing/watch-listing.ts";

export const definition: VerbDefinition = {
  name: "ls",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [
    { long: "--watch", short: "-w", summary: "Stay, and show changes as they happen" },
    { long: "--all", short: "-a", summary: "All jobs of the history" },
    { long: "--limit", value: "COUNT", summary: "Maximum number of ended jobs. Default: 20" },
    {
      long: "--state",
      value: "STATE",
      repeats: true,
      summary: "Only jobs in this state",
      completes: "state",
    },
    { long: "--tag", value: "TAG", summary: "Only jobs with this tag" },
    { long: "--name", value: "NAME", summary: "Only jobs of this name" },
    { long: "--tree", value: "JOB", summary: "Show the live processes of a job as a tree" },
  ],
  description: [
    "Lists the jobs that have not ended and the last 20 that have, each newest first. NOTE shows what a job waits for, the progress of the job or of its stop, or why it ended.",
    "With --json it writes the document of GET /api/v1/jobs; with -w --json one event a line. With -w and without a terminal it writes one line for each change of these jobs.",
  ],
  examples: [
    { type: "holdfast ls -w", does: "a live view; Ctrl+C leaves it" },
    { type: "holdfast ps --tree 42", does: "its processes, and what ties each one to it" },
    { type: "holdfast ls --state failed --tag nightly --all", does: "search the history" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, clock, json, server } = context;
  const tree = args.value("--tree");
  if (tree !== undefined && args.has("--watch"))
    throw usageError(
      "--tree shows one moment, not changes",
      `watch -n 1 holdfast ls --tree ${tree}`,
    );
  if (tree !== undefined) return await showTree(context, tree);
  const listing = listingFrom(args);
  if (args.has("--watch")) return await watchListing(context, listing);
  const [page, health] = await Promise.all([listedJobs(server, listing), searchedHealth(context)]);
  const { jobs } = page;
  if (json) await screen.document(page);
  else if (jobs.length > 0) await screen.page(jobTable(jobs, clock.nowMs()));
  else await screen.say("No jobs. holdfast run -- PROGRAM runs one.");
  for (const warning of folderWarnings(health)) await screen.say(warning);
  return 0;
};

async function showTree({ server, screen, json }: Context, selector: string): Promise<number> {
  for (const { id } of (await namedJobs(server, [selector])).jobs) {
    const found = await server.processes(id);
    if (json) await screen.document(found);
    else if (found.processes.length > 0) await screen.page(processTree(found.processes));
    else await screen.say(`Job ${id} has no live process.`);
  }
  return 0;
}
