import { wrap } from "../format/wrap.ts";
import { commonOptions, type OptionDefinition, type VerbDefinition } from "./definition.ts";
import { verbOf, verbsBelow, verbsOfGroup } from "./find-verb.ts";
import type { Verb } from "./verb.ts";
import { verbs } from "./verbs.ts";

const indent = "    ";
const widestLine = 100;

/** The page for the arguments of `holdfast help`. Throws RefusalError `usage` if they name no verb. */
export async function helpFor(args: readonly string[], columns: number | null): Promise<string[]> {
  const [first] = args;
  if (first === undefined) return overview();
  const group = args.length === 1 ? verbsOfGroup(first) : [];
  if (group.length > 0) {
    const definitions = await Promise.all(group.map(async (one) => (await one.load()).definition));
    const examples = definitions.flatMap((one) => one.examples.slice(0, 1));
    return groupPage(first, group, examples);
  }
  const { verb } = verbOf(args);
  return helpPage(verb, (await verb.load()).definition, columns);
}

/** Help for one verb, laid out as a man page. */
export function helpPage(verb: Verb, definition: VerbDefinition, columns: number | null): string[] {
  const width = Math.max(40, Math.min(columns ?? 80, widestLine)) - indent.length;
  const below = verbsBelow(definition.name);
  const alias = verb.alias === undefined ? [] : [`Also called ${verb.alias}.`];
  return [
    "NAME",
    `${indent}holdfast ${definition.name} - ${verb.summary.toLowerCase()}`,
    "",
    "SYNOPSIS",
    ...definition.usage.map((form) => `${indent}holdfast ${definition.name} ${form}`.trimEnd()),
    ...(below.length === 0 ? [] : [`${indent}holdfast ${definition.name} VERB [OPTIONS]`]),
    "",
    "DESCRIPTION",
    ...paragraphs([...definition.description, ...alias], width),
    "",
    ...(below.length === 0 ? [] : ["VERBS", ...verbLines(below), ""]),
    "OPTIONS",
    ...optionLines([...definition.options, ...commonOptions], width),
    "",
    "EXAMPLES",
    ...definition.examples.flatMap(({ type, does }) => [
      `${indent}${type}`,
      ...wrap(does, width - 4).map((line) => `${indent}    ${line}`),
    ]),
  ];
}

/** The output of `holdfast` without arguments. */
export function overview(): string[] {
  const titles: Record<Verb["group"], string> = {
    jobs: "Start",
    inspect: "Inspect",
    steer: "Control",
    orphans: "Orphans",
    server: "Server",
    other: "More",
  };
  const groups = Object.entries(titles).flatMap(([group, title]) =>
    ["", title].concat(
      verbs
        .filter((verb) => verb.group === group)
        .map(({ name, summary }) => `  ${name.padEnd(18)}${summary}`),
    ),
  );
  return [
    "Holdfast runs jobs and proves that nothing of them is left when they end.",
    "",
    "  holdfast run -- python3 train.py     run a command as a job and follow it",
    "  holdfast submit -g 1 python3 t.py    queue a job that needs one GPU",
    "  holdfast ls -w                       follow all jobs",
    ...groups,
    "",
    "holdfast help VERB shows the options. A job is 42, 1,3,5-7, @ (the last), @~1 or a name.",
  ];
}

/** Help for a group that is not a verb itself: `holdfast server`. */
function groupPage(
  word: string,
  group: readonly Verb[],
  examples: VerbDefinition["examples"],
): string[] {
  return [
    "SYNOPSIS",
    `${indent}holdfast ${word} VERB [OPTIONS]`,
    "",
    "VERBS",
    ...verbLines(group),
    "",
    "EXAMPLES",
    ...examples.flatMap(({ type, does }) => [`${indent}${type}`, `${indent}    ${does}`]),
    "",
    `holdfast help ${word} VERB shows the help of a verb.`,
  ];
}

function verbLines(list: readonly Verb[]): string[] {
  const width = Math.max(18, ...list.map(({ name }) => name.length + 2));
  return list.map(({ name, summary }) => `${indent}${name.padEnd(width)}${summary}`);
}

/** `-n, --name NAME` */
export function optionForm({ long, short, value }: OptionDefinition): string {
  const names = short === undefined ? long : `${short}, ${long}`;
  return value === undefined ? names : `${names} ${value}`;
}

function optionLines(options: readonly OptionDefinition[], width: number): string[] {
  return options.flatMap((option) => [
    `${indent}${optionForm(option)}`,
    ...wrap(option.summary, width - 4).map((line) => `${indent}    ${line}`),
  ]);
}

function paragraphs(texts: readonly string[], width: number): string[] {
  return texts.flatMap((text, index) => [
    ...(index === 0 ? [] : [""]),
    ...wrap(text, width).map((line) => indent + line),
  ]);
}
