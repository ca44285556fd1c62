import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { RefusalError } from "../../contract/problems.ts";
import { formatDuration } from "../../contract/units.ts";
import type { Context, Run } from "../context.ts";
import { printable } from "../format/printable.ts";
import { table, type Column } from "../format/table.ts";
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

const ruleColumns: readonly Column[] = [
  { title: "RULE", align: "left", gives: false, least: 0 },
  { title: "FAMILY", align: "left", gives: false, least: 0 },
  { title: "ACTION", align: "left", gives: false, least: 0 },
  { title: "AGE", align: "right", gives: false, least: 0 },
  { title: "CPU", align: "right", gives: false, least: 0 },
  { title: "GONE", align: "right", gives: false, least: 0 },
  { title: "ABOUT", align: "left", gives: true, least: 12 },
  { title: "FROM", align: "left", gives: true, least: 8 },
];

async function list({ server, screen, json }: Context): Promise<number> {
  const found = await server.orphanRules();
  if (json) {
    await screen.document(found);
    return 0;
  }
  const rows = found.rules.map((rule) => [
    rule.name,
    rule.family,
    rule.action,
    formatDuration(rule.minAgeMs),
    `${rule.cpuPercent} %`,
    formatDuration(rule.parentGoneMs),
    printable(rule.about) + (rule.asksStatus ? " (asks for the job's status)" : ""),
    printable(rule.from),
  ]);
  await screen.lines(table(ruleColumns, rows, screen.width));
  await screen.say(`your own rules belong into ${found.folder}`);
  return 0;
}

const matchColumns: readonly Column[] = [
  { title: "PID", align: "right", gives: false, least: 0 },
  { title: "RULE", align: "left", gives: false, least: 0 },
  { title: "SUSPECTED", align: "left", gives: false, least: 0 },
  { title: "WHY", align: "left", gives: true, least: 20 },
  { title: "COMMAND", align: "left", gives: true, least: 12 },
];

async function test({ server, screen, json }: Context, path: string): Promise<number> {
  const found = await server.testOrphanRules(await textOf(path), path);
  if (json) {
    await screen.document(found);
    return 0;
  }
  const rows = found.matches.map(({ pid, rule, suspected, why, command }) => [
    String(pid),
    rule,
    suspected ? "yes" : "no",
    printable(why),
    printable(command),
  ]);
  if (rows.length === 0) await screen.say(`no process matches ${found.rules.join(", ")} now`);
  else await screen.lines(table(matchColumns, rows, screen.width));
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
