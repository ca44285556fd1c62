import { orphanClasses, type OrphanClass } from "../../contract/orphan-classes.ts";
import type { OptionDefinition } from "./definition.ts";
import type { Arguments } from "./parse.ts";
import { usageError } from "./usage-error.ts";
import { choiceValue } from "./values.ts";

/** Which suspects, for the verbs that look for them. */
export const suspectOptions: readonly OptionDefinition[] = [
  { long: "--rule", value: "NAME", summary: "Only those that fit this rule" },
  {
    long: "--class",
    value: "CLASS",
    summary: `Only those of this class: ${orphanClasses.join(", ")}`,
    completes: orphanClasses,
  },
  { long: "--all-users", summary: "Other users' processes as well; for root" },
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
  class?: OrphanClass;
} {
  const rule = args.value("--rule");
  const kind = choiceValue(args, "--class", orphanClasses);
  return {
    allUsers: args.has("--all-users"),
    ...(rule === undefined ? {} : { rule }),
    ...(kind === undefined ? {} : { class: kind }),
  };
}
