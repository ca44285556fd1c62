import type { Job } from "../../client/client.ts";
import { titleOf } from "../format/command-line.ts";
import { printable } from "../format/printable.ts";
import { stateNames, describeState } from "../format/states.ts";
import {
  commonOptions,
  type Completion,
  type OptionDefinition,
  type VerbDefinition,
} from "../grammar/definition.ts";
import { verbs } from "../grammar/verbs.ts";

export interface Candidate {
  word: string;
  about: string;
}

/** What is expected at a position of the command line: fixed values, or something to check up. */
export type Wanted = { candidates: Candidate[] } | { kind: Exclude<Completion, readonly string[]> };

/** Candidates for the first argument, or for the second after `server` and `orphans`. */
export function verbCandidates(before: readonly string[]): Candidate[] {
  const prefix = before.length === 0 ? "" : `${before.join(" ")} `;
  const found = new Map<string, string>();
  for (const { name, alias, summary } of verbs) {
    if (!name.startsWith(prefix)) continue;
    const [word = "", more] = name.slice(prefix.length).split(" ");
    // `orphans` is a verb itself and has verbs below it.
    if (more === undefined || !found.has(word))
      found.set(word, more === undefined ? summary : `${word} ...`);
    if (alias !== undefined && prefix === "") found.set(alias, summary);
  }
  return [...found].map(([word, about]) => ({ word, about }));
}

/** What is expected as the last of `args`, the arguments after the verb. */
export function wantedAfter(definition: VerbDefinition, args: readonly string[]): Wanted {
  const options: readonly OptionDefinition[] = [...definition.options, ...commonOptions];
  const current = args.at(-1) ?? "";
  const given: string[] = [];
  let open: OptionDefinition | null = null;
  for (const word of args.slice(0, -1)) {
    if (open !== null) open = null;
    else if (word === "--") continue;
    else if (word.startsWith("-") && word !== "-" && !isCommandBegun(definition, given)) {
      const option = options.find(({ long, short }) => long === word || short === word);
      open = option?.value === undefined ? null : option;
    } else given.push(word);
  }
  if (open !== null) return wanted(open.completes, given);
  if (isCommandBegun(definition, given)) return { kind: "file" };
  if (current.startsWith("-"))
    return { candidates: options.map(({ long, summary }) => ({ word: long, about: summary })) };
  return operandWanted(definition, given);
}

export function jobCandidates(jobs: readonly Job[]): Candidate[] {
  const numbers = jobs.map((job) => ({
    word: String(job.id),
    about: `${describeState(job.state)} ${titleOf(job.spec)}`,
  }));
  const names = new Set(jobs.flatMap(({ spec }) => spec.name ?? []));
  return [...numbers, ...[...names].map((name) => ({ word: printable(name), about: "by name" }))];
}

function isCommandBegun(definition: VerbDefinition, given: readonly string[]): boolean {
  return definition.takesCommand === true && given.length > 0;
}

function operandWanted({ operands }: VerbDefinition, given: readonly string[]): Wanted {
  let passed = 0;
  for (const operand of operands) {
    passed += operand.max;
    if (given.length < passed) return wanted(operand.completes, given);
  }
  return { candidates: [] };
}

function wanted(completion: Completion | undefined, given: readonly string[]): Wanted {
  if (completion === undefined) return { candidates: [] };
  if (completion === "state")
    return { candidates: stateNames.map((word) => ({ word, about: "" })) };
  if (completion === "verb") return { candidates: verbCandidates(given) };
  if (typeof completion === "string") return { kind: completion };
  return { candidates: completion.map((word) => ({ word, about: "" })) };
}
