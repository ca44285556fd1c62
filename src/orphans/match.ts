import { formOf, type CommandForm } from "./argv.ts";
import type { Signature } from "../contract/orphan-signature.ts";
import type { Rule } from "./rule.ts";

/** What a signature is compared with. */
export interface Matchable {
  argv: readonly string[];
  comm: string;
  /** A variable of its environment. Null: not set, or not readable by this user. */
  variable: (name: string) => string | null;
}

export interface Match {
  rule: Rule;
  /** Named groups of the patterns: `id`, `parent`. */
  groups: Readonly<Record<string, string>>;
}

/** Matches by rules and arguments, which are the same objects from inspection to inspection. */
const remembered = new WeakMap<readonly Rule[], WeakMap<readonly string[], Remembered>>();
interface Remembered {
  comm: string;
  match: Match | null;
}

/** The first rule with a matching signature, or null. */
export function matchOf(process: Matchable, rules: readonly Rule[]): Match | null {
  let ofRules = remembered.get(rules);
  if (ofRules === undefined) remembered.set(rules, (ofRules = new WeakMap()));
  const before = ofRules.get(process.argv);
  if (before?.comm === process.comm) return before.match;
  const match = compare(process, rules);
  ofRules.set(process.argv, { comm: process.comm, match });
  return match;
}

function compare(process: Matchable, rules: readonly Rule[]): Match | null {
  const form = formOf(process.argv);
  for (const rule of rules)
    for (const signature of rule.signature) {
      const groups = groupsOf(form, process, signature);
      if (groups !== null) return { rule, groups };
    }
  return null;
}

function groupsOf(
  form: CommandForm,
  process: Matchable,
  signature: Signature,
): Record<string, string> | null {
  if (signature.interpreter !== undefined && signature.interpreter !== form.interpreter)
    return null;
  const groups: Record<string, string> = {};
  for (const part of ["program", "title", "module", "code", "script"] as const) {
    const found = fits(signature[part], form[part]);
    if (found === null) return null;
    Object.assign(groups, found);
  }
  const short = fits(signature.comm, process.comm);
  if (short === null) return null;
  Object.assign(groups, short);
  if (signature.argument !== undefined) {
    const found = firstFit(signature.argument, form.rest);
    if (found === null) return null;
    Object.assign(groups, found);
  }
  if (signature.environment === undefined) return groups;
  // Last, because it reads the environment, and most processes have been excluded by now.
  const id = process.variable(signature.environment);
  return id === null || id === "" ? null : { ...groups, id };
}

function firstFit(pattern: RegExp, texts: readonly string[]): Record<string, string> | null {
  for (const text of texts) {
    const found = fits(pattern, text);
    if (found !== null) return found;
  }
  return null;
}

function fits(pattern: RegExp | undefined, text: string | null): Record<string, string> | null {
  if (pattern === undefined) return {};
  const found = text === null ? null : pattern.exec(text);
  return found === null ? null : { ...found.groups };
}
