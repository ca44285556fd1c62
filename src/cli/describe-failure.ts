import { exitCodes } from "./format/exit-code.ts";
import { hintOf, problems, RefusalError } from "../contract/problems.ts";
import { BrokenPipe, OutputFailure } from "./terminal/sink.ts";

/** The message and exit code for an error that is not an answer of the server. */
export function describeFailure(error: unknown): { text: string; exitCode: number } {
  if (error instanceof BrokenPipe) return { text: "", exitCode: exitCodes.brokenPipe };
  if (error instanceof OutputFailure) {
    const text = `holdfast: The output cannot be written\n  ${error.message}\n`;
    return { text, exitCode: exitCodes.outputFailure };
  }
  if (error instanceof RefusalError) {
    const { title, exit } = problems[error.refusal.code];
    return { text: `holdfast: ${title}\n  ${hintOf(error.refusal)}\n`, exitCode: exit };
  }
  const story = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const text = `holdfast: The command has a defect here\n  Report this, please: ${story}\n`;
  return { text, exitCode: exitCodes.defect };
}
