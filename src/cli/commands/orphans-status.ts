import type { OrphanStatusSources } from "../../client/client.ts";
import type { Run } from "../context.ts";
import { printable } from "../format/printable.ts";
import { table, type Column } from "../format/table.ts";
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

const columns: readonly Column[] = [
  { title: "SOURCE", align: "left", gives: false, least: 0 },
  { title: "WORKS", align: "left", gives: false, least: 0 },
  { title: "JOBS", align: "right", gives: false, least: 0 },
  { title: "RUNNING", align: "right", gives: false, least: 0 },
  { title: "ENDED", align: "right", gives: false, least: 0 },
  { title: "UNKNOWN", align: "right", gives: false, least: 0 },
  { title: "PLACE", align: "left", gives: true, least: 20 },
];

export const run: Run = async ({ server, screen, json }) => {
  const found = await server.orphanStatusSources();
  if (json) await screen.document(found);
  else if (found.sources.length === 0)
    await screen.say("No source: write a section [orphans.status.NAME] into the configuration.");
  else await screen.lines(page(found, screen.width));
  return found.sources.every(({ works }) => works !== false) ? 0 : 1;
};

function page({ sources }: OrphanStatusSources, width: number | null): string[] {
  const rows = sources.map(({ name, works, jobs, place }) => [
    name,
    works === null ? "not asked" : works ? "yes" : "no",
    String(jobs.named),
    String(jobs.running),
    String(jobs.ended),
    String(jobs.unknown),
    printable(place),
  ]);
  const problems = sources.flatMap(({ name, problem, from }) =>
    problem === null ? [] : [`${name}: ${printable(problem)} (${printable(from)})`],
  );
  return [...table(columns, rows, width), ...problems];
}
