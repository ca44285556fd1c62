import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { OrphanRules, OrphanRuleTest } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import { formatDuration } from "../../contract/units.ts";
import type { Context, Run } from "../context.ts";
import { table, type Column } from "../format/page.ts";
import { printable } from "../format/printable.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";

export const definition: VerbDefinition = {
  name: "orphans rules",
  usage: ["[OPTIONS]", "test [OPTIONS] FILE"],
  operands: [
    { name: "test", min: 0, max: 1, completes: ["test"] },
    { name: "FILE", min: 0, max: 1, completes: "file" },
  ],
  options: [],
  description: [
    "Lists the rules that identify orphans: yours, from orphans.d beside the configuration, and the built-in ones. A rule of yours replaces a built-in one with the same name.",
    "With test FILE it shows which processes the rules of a file match now, suspected or not, and why. The rules are not put into use, and no process is touched.",
  ],
  examples: [
    { type: "holdfast orphans rules", does: "list the rules" },
    {
      type: "holdfast orphans rules test my-workers.toml",
      does: "before it is put into orphans.d",
    },
  ],
};

export const run: Run = async (context) => {
  const [word, file] = context.args.operands;
  if (word === undefined) return await list(context);
  if (word !== "test" || file === undefined)
    throw usageError(
      "orphans rules has one more word, test FILE",
      "holdfast orphans rules test FILE",
    );
  return await test(context, resolve(context.cwd, file));
};

const ruleColumns: readonly Column<OrphanRules["rules"][number]>[] = [
  { title: "RULE", cell: ({ name }) => name },
  { title: "FAMILY", cell: ({ family }) => family },
  { title: "ACTION", cell: ({ action }) => action },
  { title: "AGE", align: "right", cell: ({ minAgeMs }) => formatDuration(minAgeMs) },
  { title: "CPU", align: "right", cell: ({ cpuPercent }) => `${cpuPercent} %` },
  { title: "GONE", align: "right", cell: ({ parentGoneMs }) => formatDuration(parentGoneMs) },
  {
    title: "ABOUT",
    least: 12,
    cell: ({ about, asksStatus }) => about + (asksStatus ? " (asks for the job's status)" : ""),
  },
  { title: "FROM", least: 8, cell: ({ from }) => from },
];

async function list({ server, screen, json }: Context): Promise<number> {
  const found = await server.orphanRules();
  if (json) {
    await screen.document(found);
    return 0;
  }
  await screen.page([table(found.rules, ruleColumns)]);
  await screen.say(`your own rules belong into ${printable(found.folder)}`);
  return 0;
}

const matchColumns: readonly Column<OrphanRuleTest["matches"][number]>[] = [
  { title: "PID", align: "right", cell: ({ pid }) => String(pid) },
  { title: "RULE", cell: ({ rule }) => rule },
  { title: "SUSPECTED", cell: ({ suspected }) => (suspected ? "yes" : "no") },
  { title: "WHY", least: 20, cell: ({ why }) => why },
  { title: "COMMAND", least: 12, cell: ({ command }) => command },
];

async function test({ server, screen, json }: Context, path: string): Promise<number> {
  const found = await server.testOrphanRules(await textOf(path), path);
  if (json) {
    await screen.document(found);
    return 0;
  }
  const { matches, rules } = found;
  if (matches.length === 0) await screen.say(`no process matches ${rules.join(", ")} now`);
  else await screen.page([table(matches, matchColumns)]);
  return 0;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const what = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new RefusalError({ code: "unreadable_file", details: { path, what } }, { cause: error });
  }
}
