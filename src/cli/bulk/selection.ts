import type { Job } from "../../contract/job.ts";
import type { OptionDefinition } from "../grammar/definition.ts";
import type { Arguments } from "../grammar/parse.ts";
import { stateValues } from "../grammar/state-values.ts";
import { usageError } from "../grammar/usage-error.ts";
import { durationValue } from "../grammar/values.ts";

type State = Job["state"];

/** A verb that acts on jobs. */
export interface BulkVerb {
  name: string;
  /** The states in which it has something to do. */
  actsOn: readonly State[];
  /** The option that stands for every job in these states; null: there is none. */
  everything: "--all" | "--ended" | null;
}

/** Which jobs a command line means. The parts are combined with AND. */
export interface Selection {
  /** JOB operands; a job of any of them. None: every job that the verb can act on. */
  operands: readonly string[];
  /** Of `--state`; a job in any of them. None: not given. */
  states: readonly State[];
  /** Of `--tag`; a job with all of them. */
  tags: readonly string[];
  /** Only jobs that ended at least this long ago. */
  olderThanMs: number | null;
  /** Nothing narrows it. */
  everything: boolean;
}

export const bulkOptions: readonly OptionDefinition[] = [
  {
    long: "--tag",
    value: "TAG",
    repeats: true,
    summary: "Only jobs with this tag. Given several times: with all of them",
  },
  {
    long: "--state",
    value: "STATE",
    repeats: true,
    summary: "Only jobs in this state. Given several times: in any of them",
    completes: "state",
  },
  { long: "--dry-run", summary: "Only show which jobs are selected and why" },
  { long: "--yes", summary: "Do not ask" },
];

/** The options by which `cancel`, `kill`, `hold`, `release`, `pause` and `resume` select jobs. */
export const selectorOptions: readonly OptionDefinition[] = [
  { long: "--all", summary: "Every job that the command can act on; asks first" },
  ...bulkOptions,
];

/** Paragraphs of the help. */
export function bulkHelp(everything: BulkVerb["everything"]): string[] {
  const options = [...(everything === null ? [] : [everything]), "--tag and --state"].join(", ");
  const asks =
    everything === null
      ? ""
      : ` ${everything} without another selector asks on a terminal; elsewhere it needs --yes.`;
  return [
    `Without JOB, ${options} select among the jobs that the command can act on; with JOB they restrict it. A job must match all of them. The server decides which jobs match when the command starts: a job submitted later is not selected, and a job that has left its state by its turn is skipped.${asks} If no job matches, nothing is done and the exit code is 0.`,
    "Several jobs are processed in parallel. An error for one job does not affect the others; the exit code is then that of the first job with an error. After Ctrl+C no further requests are sent: the command reports for which jobs a request was sent, and exits with 130.",
  ];
}

/** Throws RefusalError `usage`. */
export function selectionFrom(args: Arguments, { name, actsOn, everything }: BulkVerb): Selection {
  const { operands } = args;
  const states = stateValues(args);
  const tags = args.values("--tag");
  const olderThanMs = durationValue(args, "--older-than") ?? null;
  const idle = states.find((state) => !actsOn.includes(state));
  if (idle !== undefined)
    throw usageError(
      `${name} does not act on ${idle.replace("_", " ")} jobs`,
      `It acts on jobs that are ${actsOn.map((state) => state.replace("_", " ")).join(", ")}`,
    );
  const narrowed =
    operands.length > 0 || states.length > 0 || tags.length > 0 || olderThanMs !== null;
  if (!narrowed && (everything === null || !args.has(everything)))
    throw usageError(
      `${name} needs JOB or a selector`,
      `holdfast ${name} JOB..., or ${everything === null ? "" : `${everything}, `}--tag TAG, --state STATE`,
    );
  return { operands, states, tags, olderThanMs, everything: !narrowed };
}

/** Why a job is one of the selected, for people. */
export function whySelected({ state }: Job, { operands, tags, olderThanMs }: Selection): string {
  const parts = [
    ...(operands.length === 0 ? [] : ["named"]),
    `it is ${state.replace("_", " ")}`,
    ...tags.map((tag) => `has the tag ${tag}`),
    ...(olderThanMs === null ? [] : ["ended long enough ago"]),
  ];
  return parts.join(", ");
}
