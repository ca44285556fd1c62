import type { Stopping, Survivor } from "../../contract/job.ts";
import { printable } from "./printable.ts";
import { spokenDuration } from "./time.ts";

/** How many survivors a line names before it says `…`. */
const named = 3;

/**
 * What is going on while a job stops, in one line:
 * `stopping: TERM sent 4 s ago, 3 of 14 processes left (python3 812, …), KILL in 26 s`.
 * `heardMsAgo`: how old the figures are; ages and deadlines are moved on by it.
 */
export function stoppingLine(stopping: Stopping, signal: string, heardMsAgo = 0): string {
  const parts = [phaseWords(stopping, signal, heardMsAgo)];
  if (stopping.total > 0) parts.push(leftWords(stopping));
  if (stopping.killInMs !== null && stopping.phase !== "killing")
    parts.push(`KILL in ${spokenDuration(stopping.killInMs - heardMsAgo)}`);
  return `stopping: ${parts.join(", ")}`;
}

function phaseWords({ phase, stopAgeMs }: Stopping, signal: string, heardMsAgo: number): string {
  const age = stopAgeMs === null ? "" : ` ${spokenDuration(stopAgeMs + heardMsAgo)} ago`;
  const words: Record<Stopping["phase"], string> = {
    asked: `asked${age}`,
    terminating: `${signal} sent${age}`,
    killing: age === "" ? "KILL sent" : `KILL sent, asked to stop${age}`,
    verifying: "checking that nothing of it lives",
    recording: "nothing of it lives, writing that down",
  };
  return words[phase];
}

function leftWords({ left, total, survivors }: Stopping): string {
  const processes = total === 1 ? "process" : "processes";
  const shown = survivors.slice(0, named).map(survivorWords);
  if (shown.length > 0 && left > shown.length) shown.push("…");
  const names = shown.length === 0 ? "" : ` (${shown.join(", ")})`;
  return `${left} of ${total} ${processes} left${names}`;
}

/** `python3 812`, and what keeps it where the kernel says so. */
export function survivorWords({ pid, command, state, waitChannel, denied }: Survivor): string {
  const base = `${printable(command)} ${pid}`;
  if (denied) return `${base} may not be signalled`;
  if (!state.startsWith("D")) return base;
  return `${base} in the kernel${waitChannel === null ? "" : ` at ${printable(waitChannel)}`}`;
}
