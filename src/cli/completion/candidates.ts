import type { Job } from "../../client/client.ts";
import { titleOf } from "../format/command-line.ts";
import { printable } from "../format/printable.ts";
import { stateNames, stateWords } from "../format/states.ts";
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

/** What a place in the command line takes: fixed words, or something to look up. */
export type Wanted = { words: Candidate[] } | { kind: Exclude<Completion, readonly string[]> };

/** Candidates for the first word, or the second one of `server`. */
export function verbCandidates(before: readonly string[]): Candidate[] {
  const prefix = before.length === 0 ? "" : `${before.join(" ")} `;
  const found = new Map<string, string>();
  for (const { name, alias, summary } of verbs) {
    if (!name.startsWith(prefix)) continue;
    const [word = "", more] = name.slice(prefix.length).split(" ");
    found.set(word, more === undefined ? summary : `${word} ...`);
    if (alias !== undefined && prefix === "") found.set(alias, summary);
  }
  return [...found].map(([word, about]) => ({ word, about }));
}

/** What can stand for the last of `words`, which follow the verb. */
export function wantedAfter(definition: VerbDefinition, words: readonly string[]): Wanted {
  const options: readonly OptionDefinition[] = [...definition.options, ...commonOptions];
  const current = words.at(-1) ?? "";
  let operands = 0;
  let open: OptionDefinition | null = null;
  for (const word of words.slice(0, -1)) {
    if (open !== null) open = null;
    else if (word === "--") operands = Math.max(operands, 0);
    else if (word.startsWith("-") && word !== "-" && !isCommandBegun(definition, operands)) {
      const option = options.find(({ long, short }) => long === word || short === word);
      open = option?.value === undefined ? null : option;
    } else operands += 1;
  }
  if (open !== null) return wanted(open.completes);
  if (isCommandBegun(definition, operands)) return { kind: "file" };
  if (current.startsWith("-"))
    return { words: options.map(({ long, summary }) => ({ word: long, about: summary })) };
  return operandWanted(definition, operands);
}

export function jobCandidates(jobs: readonly Job[]): Candidate[] {
  const numbers = jobs.map((job) => ({
    word: String(job.id),
    about: `${stateWords(job.state)} ${titleOf(job.spec)}`,
  }));
  const names = new Set(jobs.flatMap(({ spec }) => spec.name ?? []));
  return [...numbers, ...[...names].map((name) => ({ word: printable(name), about: "by name" }))];
}

function isCommandBegun(definition: VerbDefinition, operands: number): boolean {
  return definition.takesCommand === true && operands > 0;
}

function operandWanted({ operands }: VerbDefinition, given: number): Wanted {
  let passed = 0;
  for (const operand of operands) {
    passed += operand.max;
    if (given < passed) return wanted(operand.completes);
  }
  return { words: [] };
}

function wanted(completion: Completion | undefined): Wanted {
  if (completion === undefined) return { words: [] };
  if (completion === "state") return { words: stateNames.map((word) => ({ word, about: "" })) };
  if (completion === "verb") return { words: verbCandidates([]) };
  if (typeof completion === "string") return { kind: completion };
  return { words: completion.map((word) => ({ word, about: "" })) };
}
