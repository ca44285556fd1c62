import { durationExample, parseDuration, parseSize, sizeExample } from "../../contract/units.ts";
import type { Arguments } from "./parse.ts";
import { usageError } from "./usage-error.ts";

/** Milliseconds. Undefined when the option was not given. Throws RefusalError `bad_unit`. */
export function durationValue(args: Arguments, long: string): number | undefined {
  return unitValue(args, long, parseDuration, "a duration", durationExample);
}

/** Bytes. Undefined when the option was not given. Throws RefusalError `bad_unit`. */
export function sizeValue(args: Arguments, long: string): number | undefined {
  return unitValue(args, long, parseSize, "a size", sizeExample);
}

/** A whole number, or undefined when the option was not given. Throws RefusalError `usage`. */
export function wholeValue(args: Arguments, long: string, min: number): number | undefined {
  const text = args.value(long);
  if (text === undefined) return undefined;
  const number = /^-?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number) || number < min)
    throw usageError(`${long} ${text} is not a whole number`, `Write it like ${long} ${min + 2}`);
  return number;
}

/** A positive number such as 1.5, or undefined when the option was not given. Throws RefusalError `usage`. */
export function decimalValue(args: Arguments, long: string, example: string): number | undefined {
  const text = args.value(long);
  if (text === undefined) return undefined;
  const number = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (number === 0)
    throw usageError(`${long} ${text} is not a number above 0`, `Write it like ${long} ${example}`);
  return number;
}

/** One of the choices, or undefined if the option was not given. Throws RefusalError `usage`. */
export function choiceValue<Word extends string>(
  args: Arguments,
  long: string,
  choices: readonly Word[],
): Word | undefined {
  const text = args.value(long);
  if (text === undefined) return undefined;
  const word = choices.find((candidate) => candidate === text);
  if (word === undefined)
    throw usageError(`${long} ${text} is not known`, `Use one of: ${choices.join(", ")}`);
  return word;
}

function unitValue(
  args: Arguments,
  long: string,
  read: (text: string) => number | null,
  kind: string,
  example: string,
): number | undefined {
  const text = args.value(long);
  if (text === undefined) return undefined;
  const value = read(text);
  if (value === null)
    throw usageError(`${long} ${text} is not ${kind}`, `Write it like ${example}`, "bad_unit");
  return value;
}
