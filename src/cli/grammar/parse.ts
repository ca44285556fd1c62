import { commonOptions, type OptionDefinition, type VerbDefinition } from "./definition.ts";
import { nearest } from "./nearest.ts";
import { usageError } from "./usage-error.ts";

/** A command line, read by a verb's definition. Options are known by their long form. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(operands: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.operands = operands;
    this.#values = values;
  }

  has(long: string): boolean {
    return this.#values.has(long);
  }

  /** The last one given. */
  value(long: string): string | undefined {
    return this.#values.get(long)?.at(-1);
  }

  /** Every option that was given, with its values. */
  given(): (readonly [string, readonly string[]])[] {
    return [...this.#values];
  }

  /** All of them, in order. */
  values(long: string): readonly string[] {
    return this.#values.get(long) ?? [];
  }
}

/**
 * Reads what follows the verb. Options may stand anywhere before `--`; where the verb takes a
 * command they end at its program. Throws RefusalError `usage`.
 */
export function parse(definition: VerbDefinition, args: readonly string[]): Arguments {
  const options = [...definition.options, ...commonOptions];
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const rest = [...args];

  const record = (option: OptionDefinition, attached: string | null) => {
    const value = option.value === undefined ? "" : (attached ?? rest.shift());
    if (value === undefined)
      throw usageError(
        `${option.long} needs a value`,
        `holdfast ${definition.name} ${option.long} ${option.value}`,
      );
    const known = values.get(option.long);
    if (known === undefined) values.set(option.long, [value]);
    else known.push(value);
  };

  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    if (word === "--") {
      operands.push(...rest);
      break;
    }
    if (word.startsWith("--")) readLong(definition, options, word, record);
    else if (word.startsWith("-") && word.length > 1) readShort(definition, options, word, record);
    else {
      operands.push(word);
      if (definition.takesCommand !== true) continue;
      operands.push(...rest);
      break;
    }
  }
  // Help is help, whatever else is missing.
  if (!values.has("--help")) checkOperands(definition, operands);
  return new Arguments(operands, values);
}

/** Whether --json is among a verb's options, which may not be valid; never an argument of the job. */
export function asksForJson(definition: VerbDefinition, args: readonly string[]): boolean {
  const options = [...definition.options, ...commonOptions];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    if (word === "--json") return true;
    if (word === "--") return false;
    const isOption = word.startsWith("-") && word.length > 1;
    if (!isOption && definition.takesCommand === true) return false;
    const known = options.find(({ long, short }: OptionDefinition) => [long, short].includes(word));
    if (known !== undefined && "value" in known) index += 1;
  }
  return false;
}

type Record = (option: OptionDefinition, attached: string | null) => void;

function readLong(
  definition: VerbDefinition,
  options: readonly OptionDefinition[],
  word: string,
  record: Record,
): void {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  const option = options.find((candidate) => candidate.long === name);
  if (option === undefined) throw unknownOption(definition, options, name);
  const attached = equals === -1 ? null : word.slice(equals + 1);
  if (attached !== null && option.value === undefined)
    throw usageError(`${name} takes no value`, `holdfast ${definition.name} ${name}`);
  record(option, attached);
}

/** `-f`, `-n 5`, `-n5`, `-fn5`. */
function readShort(
  definition: VerbDefinition,
  options: readonly OptionDefinition[],
  word: string,
  record: Record,
): void {
  for (let index = 1; index < word.length; index += 1) {
    const name = `-${word[index]}`;
    const option = options.find((candidate) => candidate.short === name);
    if (option === undefined) throw unknownOption(definition, options, index === 1 ? word : name);
    if (option.value !== undefined) {
      const attached = word.slice(index + 1);
      record(option, attached === "" ? null : attached);
      return;
    }
    record(option, null);
  }
}

function unknownOption(
  definition: VerbDefinition,
  options: readonly OptionDefinition[],
  name: string,
): Error {
  const known = options.flatMap(({ long, short }) =>
    short === undefined ? [long] : [long, short],
  );
  const meant = nearest(name, known);
  const hint =
    meant === null
      ? `holdfast ${definition.name} --help shows the options.`
      : `Did you mean ${meant}?`;
  const own = definition.takesCommand === true ? " The job's own come after its program" : "";
  return usageError(`${definition.name} has no option ${name}`, `${hint}${own}`.replace(/\.$/, ""));
}

function checkOperands(definition: VerbDefinition, operands: readonly string[]): void {
  const line = `holdfast ${definition.name} ${definition.usage[0] ?? ""}`.trimEnd();
  const min = definition.operands.reduce((sum, operand) => sum + operand.min, 0);
  const max = definition.operands.reduce((sum, operand) => sum + operand.max, 0);
  if (operands.length < min) {
    const missing = definition.operands.find((operand) => operand.min > 0)?.name ?? "an operand";
    throw usageError(`${definition.name} needs ${missing}`, line);
  }
  if (operands.length > max)
    throw usageError(`${definition.name} does not take ${operands[max]}`, line);
}
