import { orphanClasses, type OrphanClass } from "../../contract/orphan-classes.ts";
import type { OptionDefinition } from "./definition.ts";
import type { Arguments } from "./parse.ts";
import { usageError } from "./usage-error.ts";
import { choiceValue, durationValue, wholeValue } from "./values.ts";

/** Options that select suspects. */
export const suspectOptions: readonly OptionDefinition[] = [
  { long: "--rule", value: "NAME", summary: "Only those that fit this rule" },
  { long: "--family", value: "NAME", summary: "Only those of the rules of this family" },
  {
    long: "--class",
    value: "CLASS",
    summary: `Only those of this class: ${orphanClasses.join(", ")}`,
    completes: orphanClasses,
  },
  { long: "--all-users", summary: "Other users' processes as well; for root" },
  { long: "--now", summary: "Include candidates that are young, or whose parent has just gone" },
  {
    long: "--min-age",
    value: "DURATION",
    summary: "Minimum age of a suspect. Default: that of its rule, or orphans.min_age",
  },
  {
    long: "--cpu",
    value: "PERCENT",
    summary:
      "Percentage of one CPU from which a process is busy. Default: that of its rule, or orphans.cpu_percent",
  },
];

/** Throws RefusalError `usage`. */
export function planNumber(word: string): number {
  if (/^[1-9]\d{0,14}$/.test(word)) return Number(word);
  throw usageError(`${word} is not a plan's number`, "holdfast orphans plan writes one");
}

/** Throws RefusalError `usage`. */
export function suspectsAsked(args: Arguments): {
  allUsers: boolean;
  rule?: string;
  family?: string;
  class?: OrphanClass;
  now?: boolean;
  minAgeMs?: number;
  cpuPercent?: number;
} {
  const rule = args.value("--rule");
  const family = args.value("--family");
  const kind = choiceValue(args, "--class", orphanClasses);
  const minAgeMs = durationValue(args, "--min-age");
  const cpuPercent = wholeValue(args, "--cpu", 0);
  return {
    allUsers: args.has("--all-users"),
    ...(rule === undefined ? {} : { rule }),
    ...(family === undefined ? {} : { family }),
    ...(kind === undefined ? {} : { class: kind }),
    ...(args.has("--now") ? { now: true } : {}),
    ...(minAgeMs === undefined ? {} : { minAgeMs }),
    ...(cpuPercent === undefined ? {} : { cpuPercent }),
  };
}
