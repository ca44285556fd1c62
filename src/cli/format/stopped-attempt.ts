import type { StoppedAttempt } from "../../contract/rescue.ts";
import { shellWord } from "../../contract/shell-word.ts";
import { commandLine } from "./command-line.ts";
import { section, type Page } from "./page.ts";

/** The result of a stop without a server. */
export function stoppedPage(stopped: StoppedAttempt): Page {
  const { job, attempt, command, did, processes, left } = stopped;
  const whose = job === null ? `attempt ${attempt}` : `job ${job}`;
  const notes = [
    ...folderNotes(stopped),
    ...namespaceNotes(stopped),
    ...(did === "is stopped last" ? ["this command is part of it and ends with it now"] : []),
    ...(processes.length > 0 ? [`processes: ${named(processes)}`] : []),
    ...(left.length > 0 ? [`still alive: ${named(left)}`] : []),
  ];
  const obstacles = left.flatMap(({ pid, command: name, obstacle }) =>
    obstacle === null
      ? []
      : [`  ${pid} ${name} is ${obstacle.message}; to end it: ${obstacle.remedy}`],
  );
  const head = `${whose} ${commandLine(command)}: ${did}`;
  return notes.length === 0 ? [head] : [section(head, [...notes, ...obstacles])];
}

function folderNotes({ stateDir, did }: StoppedAttempt): string[] {
  if (stateDir === null) return [];
  return did === "its state folder was moved"
    ? [`use HOLDFAST_STATE_DIR=${shellWord(stateDir)} holdfast emergency-stop --all`]
    : [`its state folder ${stateDir} is gone`];
}

function namespaceNotes({ namespace, did }: StoppedAttempt): string[] {
  if (did !== "cannot be seen")
    return namespace === null ? [] : [`its pids are those of PID namespace ${namespace}`];
  return [
    namespace === null
      ? "its control group cannot be seen from this mount or cgroup namespace, so a process that hides may be alive: use the command where the job was started"
      : `it belongs to PID namespace ${namespace}, and no keeper of it answers: nothing was concluded or signalled; use the command in that namespace, or as root in the machine's own`,
  ];
}

function named(processes: StoppedAttempt["processes"]): string {
  return processes.map(({ pid, command }) => `${pid} ${command}`).join(", ");
}
