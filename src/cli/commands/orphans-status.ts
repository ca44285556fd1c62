import type { OrphanStatusSources } from "../../client/client.ts";
import type { Run } from "../context.ts";
import { table, type Column, type Page } from "../format/page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "orphans status",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Checks where the status of other systems' jobs comes from: the databases of the configuration (orphans.status.NAME) and the status commands of rules. Each database is asked once, for the jobs that processes name now. A command is run only if a process names a job. Changes nothing.",
    "Exits with 0 if each queried source has answered, else with 1.",
  ],
  examples: [{ type: "holdfast orphans status", does: "after a change of the configuration" }],
};

const columns: readonly Column<OrphanStatusSources["sources"][number]>[] = [
  { title: "SOURCE", cell: ({ name }) => name },
  { title: "WORKS", cell: ({ works }) => (works === null ? "not asked" : works ? "yes" : "no") },
  { title: "JOBS", align: "right", cell: ({ jobs }) => String(jobs.named) },
  { title: "RUNNING", align: "right", cell: ({ jobs }) => String(jobs.running) },
  { title: "ENDED", align: "right", cell: ({ jobs }) => String(jobs.ended) },
  { title: "UNKNOWN", align: "right", cell: ({ jobs }) => String(jobs.unknown) },
  { title: "PLACE", least: 20, cell: ({ place }) => place },
];

export const run: Run = async ({ server, screen, json }) => {
  const found = await server.orphanStatusSources();
  if (json) await screen.document(found);
  else if (found.sources.length === 0)
    await screen.say("No source: write a section [orphans.status.NAME] into the configuration.");
  else await screen.page(page(found));
  return found.sources.every(({ works }) => works !== false) ? 0 : 1;
};

function page({ sources }: OrphanStatusSources): Page {
  const problems = sources.flatMap(({ name, problem, from }) =>
    problem === null ? [] : [`${name}: ${problem} (${from})`],
  );
  return [table(sources, columns), ...problems];
}
