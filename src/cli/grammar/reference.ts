import { commonOptions, selectorHelp, type OptionDefinition } from "./definition.ts";
import { optionForm } from "./help.ts";
import { verbs, type Verb } from "./verbs.ts";

/** docs/reference/cli.md, made from the definitions that the command line is read by. */
export async function referencePage(): Promise<string> {
  const sections = await Promise.all(verbs.map(verbSection));
  return `${[
    "# Command line",
    "",
    "Made from the definitions in `src/cli/commands/`; a test compares the two. The same text is shown by `holdfast help VERB`.",
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
  `Data goes to stdout, words go to stderr. ${selectorHelp} Durations and sizes need a unit: \`30s\`, \`2h\`, \`1h30m\`, \`16GiB\`.`,
  "",
  "`--json` writes the API's own documents (`docs/reference/openapi.json`), one a line: a Job for `run`, `submit`, `show`, `wait`, `cancel`, `kill`, `hold`, `release`, `pause`, `resume`, `retry`, `adopt` and `rm` (as it was), a Receipt for `receipt`, a JobPage for `ls`, a JobEvent a line for `ls -w`, Health for `server start`, `restart` and `status`, `{pid}` for `server stop`, `{version, server}` for `version`, `{jobId, stream, offset, base64}` a line for `logs`, OrphanScan, Leftovers, OrphanPlan, OrphanReceipt, OrphanRules, OrphanRuleTest, OrphanStatusSources and Who for `orphans`, its parts and `who`, DoctorReport for `doctor`, DoctorAlert a line for `doctor watch`, an OrphanWatchEvent a line for `watch`. A refusal is then a Problem, on stderr.",
  "",
  "Colours and the status line are for terminals only, and not with `NO_COLOR` or `TERM=dumb`. Control characters in names, commands and tags are shown escaped; a job's output is not touched. `HOLDFAST_AUTOSTART=0` keeps commands from starting a server.",
];

const exitCodes: readonly (readonly [string, string])[] = [
  [
    "0",
    "done, also where no job matches a selector; of `run` and `wait`: the job succeeded; of `cancel` and `kill`: nothing of the jobs lives, also where they had ended before",
  ],
  ["1 to 123", "of `run` and `wait`: the job's own code"],
  [
    "1",
    "refused: no such job, not in that state, the question was not answered with yes; `cancel`: the death is not proven yet. Of several jobs the first code that is not 0 counts",
  ],
  ["2", "not how it is called"],
  ["3, 4", "of `doctor` and `doctor watch`: the worst verdict is a warning, is critical"],
  ["3", "of `orphans`: there are suspects or young candidates"],
  ["5", "of `doctor --strict`: no problem, and not every facet was measured"],
  ["124", "the job was stopped at its time limit"],
  ["125", "nobody can know how the job ended; `run`: detached, the job goes on"],
  ["126, 127", "the program may not be executed, was not found"],
  ["128 + n", "the job ended by signal n"],
  ["129, 143", "`run` got SIGHUP or SIGTERM and left; the job goes on"],
  ["130", "the job was cancelled; of a verb for several jobs: Ctrl+C, and not all were asked"],
  ["141", "the reader of the output has gone"],
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
