import { commonOptions, selectorHelp, type OptionDefinition } from "./definition.ts";
import { optionForm } from "./help.ts";
import type { Verb } from "./verb.ts";
import { verbs } from "./verbs.ts";

/** docs/reference/cli.md, generated from the definitions of the command line. */
export async function referencePage(): Promise<string> {
  const sections = await Promise.all(verbs.map(verbSection));
  return `${[
    "# Command line",
    "",
    "Generated from the definitions in `src/cli/commands/`; a test compares the two. `holdfast help VERB` shows the same text.",
    "",
    ...conventions,
    "",
    "## Exit codes",
    "",
    "| code | means |",
    "|---|---|",
    ...exitCodes.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    "",
    "## Options of every verb",
    "",
    ...optionTable(commonOptions),
    ...sections.flat(),
  ].join("\n")}\n`;
}

const conventions = [
  `Data goes to stdout, messages go to stderr. ${selectorHelp} Durations and sizes need a unit: \`30s\`, \`2h\`, \`1h30m\`, \`16GiB\`.`,
  "",
  "`--json` writes the documents of the API (`docs/reference/openapi.json`), one a line: a Job for `run`, `submit`, `show`, `wait`, `cancel`, `kill`, `hold`, `release`, `pause`, `resume`, `retry`, `adopt` and `rm` (as it was), a Receipt for `receipt`, a JobPage for `ls`, a JobEvent a line for `ls -w`, Health for `server start`, `restart` and `status`, `{pid}` for `server stop`, `{version, server}` for `version`, `{jobId, stream, offset, base64}` a line for `logs`, OrphanScan, Leftovers, OrphanPlan, OrphanReceipt, OrphanRules, OrphanRuleTest, OrphanStatusSources and `Holders` for `orphans`, its parts and `holders`, DoctorReport for `doctor`, DoctorAlert a line for `doctor watch`, an OrphanWatchEvent a line for `watch`. An error is then a Problem, on stderr.",
  "",
  "Colours and the status line are shown only on terminals, and not with `NO_COLOR` or `TERM=dumb`. Control characters in names, commands and tags are escaped; a job's output is written unchanged. With `HOLDFAST_AUTOSTART=0` commands do not start a server. With `HOLDFAST_CLIENT=node` each command starts a Node of its own.",
];

const exitCodes: readonly (readonly [string, string])[] = [
  [
    "0",
    "success, also if no job matches a selector; `run` and `wait`: the job succeeded; `cancel` and `kill`: nothing of the jobs is left, also if they had ended before",
  ],
  ["1 to 123", "`run` and `wait`: the job's own code"],
  [
    "1",
    "refused: no such job, not in that state, the question was not answered with yes; `cancel`: the end is not proven yet. Of several jobs the first code that is not 0 counts",
  ],
  ["2", "usage error"],
  ["3, 4", "`doctor` and `doctor watch`: the worst verdict is a warning (3), critical (4)"],
  ["3", "`orphans`: there are suspects or young candidates"],
  ["5", "`doctor --strict`: no problem, but not every facet was measured"],
  ["124", "the job was stopped at its time limit"],
  ["125", "the outcome of the job is unknown; `run`: detached, the job continues"],
  ["126, 127", "the program may not be executed (126), was not found (127)"],
  ["128 + n", "the job ended by signal n"],
  ["129, 143", "`run` received SIGHUP or SIGTERM and detached; the job continues"],
  ["130", "the job was cancelled; a verb for several jobs: Ctrl+C before all requests were sent"],
  ["141", "the reader of the output has closed it"],
  [
    "others",
    "[errors](errors.md): 69 no server, 70 a defect, 74 disk, 77 forbidden, 78 configuration",
  ],
];

async function verbSection(verb: Verb): Promise<string[]> {
  const { definition } = await verb.load();
  const { usage, description, options, examples } = definition;
  return [
    "",
    `## holdfast ${verb.name}`,
    "",
    `${verb.summary}.${verb.alias === undefined ? "" : ` Also called \`${verb.alias}\`.`}`,
    "",
    "```",
    ...usage.map((form) => `holdfast ${verb.name} ${form}`.trimEnd()),
    "```",
    ...description.flatMap((paragraph) => ["", paragraph]),
    ...(options.length === 0 ? [] : ["", ...optionTable(options)]),
    "",
    "```",
    ...examples.map(({ type, does }) => `${type}   # ${does}`),
    "```",
  ];
}

function optionTable(options: readonly OptionDefinition[]): string[] {
  return [
    "| option | does |",
    "|---|---|",
    ...options.map((option) => `| \`${optionForm(option)}\` | ${option.summary} |`),
  ];
}
