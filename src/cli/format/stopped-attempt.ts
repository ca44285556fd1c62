import type { StoppedAttempt } from "../../contract/rescue.ts";
import { commandLine } from "./command-line.ts";

/** What became of an attempt that was stopped without a server. */
export function stoppedLines(stopped: StoppedAttempt): string[] {
  const { job, attempt, command, did, processes, left } = stopped;
  const whose = job === null ? `attempt ${attempt}` : `job ${job}`;
  const named = (list: StoppedAttempt["processes"]) =>
    list.map(({ pid, command: name }) => `${pid} ${name}`).join(", ");
  const lines = [`${whose} ${commandLine(command)}: ${did}`];
  if (processes.length > 0) lines.push(`  processes: ${named(processes)}`);
  if (left.length > 0) lines.push(`  still alive: ${named(left)}`);
  return lines;
}
