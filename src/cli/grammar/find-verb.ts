import { nearest } from "./nearest.ts";
import { knownElsewhere } from "./names-elsewhere.ts";
import { usageError } from "./usage-error.ts";
import type { Verb } from "./verb.ts";
import { verbs } from "./verbs.ts";

export const verbNames: readonly string[] = verbs.flatMap(({ name, alias }) =>
  alias === undefined ? [name] : [name, alias],
);

const firstNames = [...new Set(verbNames.map((name) => name.split(" ")[0] ?? ""))];

/** The verb at the beginning of the arguments, and the rest of them. Throws RefusalError `usage`. */
export function verbOf(args: readonly string[]): { verb: Verb; rest: readonly string[] } {
  const [first = "", second = ""] = args;
  const long = find(`${first} ${second}`);
  if (long !== undefined) return { verb: long, rest: args.slice(2) };
  const short = find(first);
  if (short !== undefined) return { verb: short, rest: args.slice(1) };
  throw unknownVerb(first, second);
}

/** The verbs `server start`, `server stop` … for `server`; none where that is a verb itself. */
export function verbsOfGroup(word: string): readonly Verb[] {
  return find(word) === undefined ? verbsBelow(word) : [];
}

/** The verbs `orphans clean`, `orphans plan` … for `orphans`. */
export function verbsBelow(word: string): readonly Verb[] {
  return verbs.filter(({ name }) => name.startsWith(`${word} `));
}

/** `orphans claen`: `orphans` takes no operand, so a verb below it was meant. Throws RefusalError `usage`. */
export function requireVerbBelow({ name }: Verb, word: string | undefined): void {
  if (word !== undefined && !word.startsWith("-") && verbsBelow(name).length > 0)
    throw unknownVerb(name, word);
}

function find(name: string): Verb | undefined {
  return verbs.find((verb) => verb.name === name || verb.alias === name);
}

function unknownVerb(first: string, second: string): Error {
  const parts = verbs.flatMap(({ name }) => {
    const [group, part] = name.split(" ");
    return group === first && part !== undefined ? [part] : [];
  });
  if (parts.length > 0 && (second === "" || second.startsWith("-")))
    return usageError(
      `${first} needs one of: ${parts.join(", ")}`,
      `holdfast ${first} ${parts[0]}`,
    );
  const typed = parts.length > 0 ? `${first} ${second}` : first;
  const elsewhere = knownElsewhere(first);
  if (elsewhere !== null) return usageError(`There is no verb ${first}`, `Use ${elsewhere}`);
  const meant = nearest(typed, verbNames) ?? nearest(first, firstNames);
  const command = first.startsWith("-")
    ? `There is no option ${typed}`
    : `There is no verb ${typed}`;
  return usageError(
    command,
    meant === null ? "holdfast help shows the verbs" : `Did you mean holdfast ${meant}?`,
  );
}
