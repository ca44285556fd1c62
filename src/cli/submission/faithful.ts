import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { usageError } from "../grammar/usage-error.ts";

/** What stands for bytes that are no UTF-8, once Node has read them. */
const replacement = "\ufffd";

/**
 * Refuses arguments that Node could not read as they were typed: the job would get others.
 * `rawCommandLine` gives this process's own arguments, byte for byte.
 */
export function refuseUnfaithful(
  command: readonly string[],
  rawCommandLine: () => Buffer = () => readFileSync("/proc/self/cmdline"),
): void {
  const doubtful = command.find((word) => word.includes(replacement));
  if (doubtful === undefined || isUtf8(rawCommandLine())) return;
  throw usageError(
    `The argument ${doubtful} is not UTF-8 and would reach the job changed`,
    "Put it into a script, and run that: holdfast run sh script.sh",
  );
}
