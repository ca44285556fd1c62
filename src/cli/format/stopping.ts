import type { Stopping, Survivor } from "../../contract/stopping.ts";
import { widthOf } from "./width.ts";
import { printable } from "./printable.ts";
import { spokenDuration } from "./time.ts";

/** A line names at most this many survivors, then `…`. */
const mostNamed = 3;

export interface Moment {
  /** Age of the data; added to ages and subtracted from deadlines. */
  heardMsAgo: number;
  /** Maximum width: fewer survivors are named to fit; null: no limit. */
  columns: number | null;
}

/**
 * The progress of a stop, in one line:
 * `stopping: TERM sent 4 s ago, 3 of 14 processes left (python3 812, …), KILL in 26 s`.
 */
export function stoppingLine(
  stopping: Stopping,
  signal: string,
  { heardMsAgo, columns }: Moment = { heardMsAgo: 0, columns: null },
): string {
  for (let named = mostNamed; named > 0; named -= 1) {
    const line = lineNaming(named, stopping, signal, heardMsAgo);
    if (columns === null || widthOf(line) <= columns) return line;
  }
  return lineNaming(0, stopping, signal, heardMsAgo);
}

/** What `cancel` and the page of a job report about a container that is not gone. */
function containerPart({ container }: Stopping): string[] {
  if (container === null) return [];
  const { runtime, id, name, message } = container;
  return [`${runtime} container ${id === null ? name : id.slice(0, 12)}: ${printable(message)}`];
}

/** No process is left, and the driver still counts memory. */
function gpuParts({ gpus }: Stopping): string[] {
  return gpus.map(({ uuid, index, message }) => `GPU ${index ?? uuid}: ${printable(message)}`);
}

function lineNaming(named: number, stopping: Stopping, signal: string, heardMsAgo: number): string {
  const { phase, total, killInMs, gpus } = stopping;
  if (gpus.length > 0) return `stopping: waiting for GPU memory, ${gpuParts(stopping).join(", ")}`;
  const parts = [describePhase(stopping, signal, heardMsAgo)];
  // Processes that have not ended must be visible during verification too.
  if (phase !== "recording" && total !== 0) parts.push(...leftMessage(stopping, named));
  parts.push(...containerPart(stopping));
  // A container waits for its runtime; its own message says so.
  if (stopping.stuck && stopping.container === null) parts.push(`stuck: ${stuckMessage(stopping)}`);
  if (killInMs !== null && (phase === "asked" || phase === "terminating"))
    parts.push(`KILL in ${spokenDuration(killInMs - heardMsAgo)}`);
  return `stopping: ${parts.join(", ")}`;
}

function describePhase({ phase, stopAgeMs }: Stopping, signal: string, heardMsAgo: number): string {
  const age = stopAgeMs === null ? "" : ` ${spokenDuration(stopAgeMs + heardMsAgo)} ago`;
  const descriptions: Record<Stopping["phase"], string> = {
    asked: `asked${age}`,
    terminating: `${signal} sent${age}`,
    killing: age === "" ? "KILL sent" : `KILL sent, asked to stop${age}`,
    verifying: age === "" ? "KILL sent, verifying" : `KILL sent, asked to stop${age}, verifying`,
    recording: "every process has ended, writing the record",
  };
  return descriptions[phase];
}

/** What would end them; each remedy once. */
function stuckMessage({ survivors }: Stopping): string {
  const remedies = remediesFor(survivors);
  if (remedies.length === 0) return "only the kernel can end them";
  const some = survivors.some(({ obstacle }) => obstacle === null);
  return [...remedies, ...(some ? ["only the kernel can end the others"] : [])].join(", ");
}

/** What a person can do about processes that outlive KILL, each remedy once. */
export function remediesFor(survivors: readonly Survivor[]): string[] {
  const remedies = survivors.flatMap(({ obstacle }) => obstacle?.remedy ?? []);
  return [...new Set(remedies)].map((remedy) => printable(remedy));
}

/** Whether `kill` would change anything: not after KILL was sent. */
export function canBeCutShort(stopping: Stopping | null): boolean {
  return stopping === null || stopping.phase === "asked" || stopping.phase === "terminating";
}

/** Empty until the keeper has counted processes. */
function leftMessage({ left, total, survivors }: Stopping, named: number): string[] {
  if (left === null || total === null) return [];
  const count = `${left} of ${total} ${total === 1 ? "process" : "processes"} left`;
  const shown = survivors.slice(0, named).map(describeSurvivor);
  if (shown.length === 0) return [count];
  if (left > shown.length) shown.push("…");
  return [`${count} (${shown.join(", ")})`];
}

/** `python3 812`, and what prevents its end if the kernel reports it. */
export function describeSurvivor(survivor: Survivor): string {
  const { pid, command, state, waitChannel, denied, obstacle } = survivor;
  const base = `${printable(command)} ${pid}`;
  if (obstacle !== null) return `${base} is ${printable(obstacle.message)}`;
  if (denied) return `${base} may not be signalled`;
  if (!state.startsWith("D")) return base;
  // The kernel reports an empty name if it has none.
  const at = waitChannel === null || waitChannel === "" ? "" : ` at ${printable(waitChannel)}`;
  return `${base} in the kernel${at}`;
}

/** The kernel stack of a survivor, innermost frame first; empty if not reported. */
export function stackLines({ stack }: Survivor): string[] {
  return (stack ?? []).map((frame) => printable(frame));
}
