import { isUtf8 } from "node:buffer";
import { readFileSync, readlinkSync } from "node:fs";
import { printable } from "../format/printable.ts";
import type { Arguments } from "../grammar/parse.ts";
import { usageError } from "../grammar/usage-error.ts";

/** Node's replacement for bytes that are not UTF-8. */
const replacement = "\ufffd";

/** The arguments of this process, byte for byte. */
export interface RawProcess {
  commandLine(): Buffer;
  cwd(): Buffer;
}

const ownProcess: RawProcess = {
  commandLine: () => readFileSync("/proc/self/cmdline"),
  cwd: () => readlinkSync("/proc/self/cwd", "buffer"),
};

/** Refuses arguments that Node could not read exactly, because the job would get different ones. */
export function refuseUnfaithful(args: Arguments, raw: RawProcess = ownProcess): void {
  const argument = args.operands.find((word) => word.includes(replacement));
  const option = args.given().find(([, values]) => values.some(isDoubtful));
  if ((argument === undefined && option === undefined) || isUtf8(raw.commandLine())) return;
  throw argument === undefined
    ? usageError(
        `The value of ${option?.[0]} is not UTF-8 and would reach the job changed`,
        "Use a value in UTF-8",
      )
    : usageError(
        `The argument ${printable(argument)} is not UTF-8 and would reach the job changed`,
        "Put it into a script, and run that: holdfast run sh script.sh",
      );
}

/** `cwd`: absolute, as read by Node. */
export function refuseUnfaithfulFolder(cwd: string, raw: RawProcess = ownProcess): void {
  if (!isDoubtful(cwd) || isUtf8(raw.cwd())) return;
  throw usageError(
    `The name of the working directory ${printable(cwd)} is not UTF-8, so no job can be started in it`,
    "Rename it, or start the job elsewhere: holdfast run --cwd FOLDER ...",
  );
}

function isDoubtful(text: string): boolean {
  return text.includes(replacement);
}
