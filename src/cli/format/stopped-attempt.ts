import type { StoppedAttempt } from "../../contract/rescue.ts";
import { shellWord } from "../../contract/shell-word.ts";
import { commandLine } from "./command-line.ts";
import { printable } from "./printable.ts";

/** The result of a stop without a server. */
export function stoppedLines(stopped: StoppedAttempt): string[] {
  const { job, attempt, command, did, namespace, stateDir, processes, left } = stopped;
  const whose = job === null ? `attempt ${attempt}` : `job ${job}`;
  const named = (list: StoppedAttempt["processes"]) =>
    list.map(({ pid, command: name }) => `${pid} ${printable(name)}`).join(", ");
  const lines = [`${whose} ${commandLine(command)}: ${did}`];
  if (stateDir !== null)
    lines.push(
      did === "its state folder was moved"
        ? `  use HOLDFAST_STATE_DIR=${shellWord(stateDir)} holdfast emergency-stop --all`
        : `  its state folder ${printable(stateDir)} is gone`,
    );
  if (namespace !== null)
    lines.push(
      did === "cannot be seen"
        ? `  it belongs to PID namespace ${namespace}, and no keeper of it answers: nothing was concluded or signalled; use the command in that namespace, or as root in the machine's own`
        : `  its pids are those of PID namespace ${namespace}`,
    );
  if (did === "cannot be seen" && namespace === null)
    lines.push(
      "  its control group cannot be seen from this mount or cgroup namespace, so a process that hides may be alive: use the command where the job was started",
    );
  if (did === "is stopped last") lines.push("  this command is part of it and ends with it now");
  if (processes.length > 0) lines.push(`  processes: ${named(processes)}`);
  if (left.length > 0) lines.push(`  still alive: ${named(left)}`);
  for (const { pid, command: name, obstacle } of left)
    if (obstacle !== null)
      lines.push(
        `    ${pid} ${printable(name)} is ${printable(obstacle.message)}; to end it: ${printable(obstacle.remedy)}`,
      );
  return lines;
}
