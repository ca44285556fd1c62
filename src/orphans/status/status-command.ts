import { runToEnd } from "../../system/child.ts";
import type { JobStatus } from "../classify.ts";
import type { StatusCommand } from "../rule.ts";

// Only the first line is used.
const outputLimitBytes = 64 * 1024;

/**
 * Asks another system for the status of its job. Anything but a clear answer is `unknown`;
 * `onProblem` gets the reason if there was no answer.
 */
export async function askStatus(
  status: StatusCommand,
  id: string,
  onProblem: (text: string) => void = () => undefined,
): Promise<JobStatus> {
  // The id comes from another process's command line and must not become an option.
  if (id.startsWith("-")) return "unknown";
  // A function, because `$` has a special meaning in a replacement string.
  const [program = "", ...args] = status.command.map((word) => word.replaceAll("{id}", () => id));
  try {
    const { code, signal, stdout } = await runToEnd(program, args, {
      timeoutMs: status.timeout,
      wholeGroup: true,
      outputLimitBytes,
    });
    if (signal === null) return readStatus(status, code ?? -1, stdout);
    onProblem(`${program} did not answer in time`);
  } catch (error) {
    onProblem(`${program} could not be started (${(error as NodeJS.ErrnoException).code ?? "?"})`);
  }
  return "unknown";
}

/**
 * The output decides before the exit code. If it has strings of both kinds, the answer is
 * `unknown`.
 */
export function readStatus(status: StatusCommand, code: number, stdout: string): JobStatus {
  const tokens = new Set((stdout.split("\n")[0] ?? "").toLowerCase().match(/[\p{L}\p{N}_-]+/gu));
  const says = (wanted: readonly string[]) => wanted.some((word) => tokens.has(word.toLowerCase()));
  const running = says(status.running);
  const ended = says(status.ended);
  if (running !== ended) return running ? "running" : "ended";
  if (running) return "unknown";
  if (status.running_codes.includes(code)) return "running";
  return status.ended_codes.includes(code) ? "ended" : "unknown";
}
