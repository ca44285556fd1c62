import type { Job } from "../../contract/job.ts";

/** What the shell may offer for a value or an operand. */
export type Completion =
  | "file"
  | "folder"
  | "job"
  | "state"
  | "command"
  | "verb"
  | readonly string[];

export interface OptionDefinition {
  /** With its dashes: `--limit`. */
  long: string;
  /** `-n` */
  short?: string;
  /** Name of its value in the help (`DURATION`); without one the option is a switch. */
  value?: string;
  /** May be given several times. */
  repeats?: true;
  summary: string;
  completes?: Completion;
}

export interface OperandDefinition {
  /** Its name in the help: `JOB`. */
  name: string;
  min: number;
  max: number;
  completes: Completion;
}

/** Everything that parsing, help, completion and the reference page need to know about a verb. */
export interface VerbDefinition {
  name: string;
  /** What may follow the verb, once per form: `[OPTIONS] JOB...` */
  usage: readonly string[];
  operands: readonly OperandDefinition[];
  /** The states in which a job operand makes sense; left out: in any. */
  actsOn?: readonly Job["state"][];
  /** The first operand is a program, and everything from there on belongs to it. */
  takesCommand?: true;
  options: readonly OptionDefinition[];
  /** Paragraphs of the help. */
  description: readonly string[];
  examples: readonly { type: string; does: string }[];
}

/** Understood by every verb. */
export const commonOptions = [
  { long: "--json", summary: "Write the API's documents, one a line, instead of text" },
  { long: "--no-autostart", summary: "Do not start a server if none runs" },
  { long: "--help", short: "-h", summary: "Show this help" },
] as const satisfies readonly OptionDefinition[];

/** The operand of all verbs that act on jobs. */
export const jobOperands: readonly OperandDefinition[] = [
  { name: "JOB", min: 1, max: Infinity, completes: "job" },
];

/** The same where options can select the jobs instead. */
export const jobsOrSelector: readonly OperandDefinition[] = [
  { name: "JOB", min: 0, max: Infinity, completes: "job" },
];

export const selectorHelp =
  "JOB is a number (42), a list (1,3,5-7), @ (the last one submitted), @~1 (the one before) or a name.";
