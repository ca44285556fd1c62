import { readFile } from "node:fs/promises";
import { readStat, statOf, type ProcessStat } from "./proc-stat.ts";
import { readSmall } from "./small-file.ts";

/** A process that does nothing because another process has stopped it. */
export interface HeldUp {
  pid: number;
  /** `stopped`: by a signal, as SIGSTOP. `traced`: by a debugger. */
  how: "stopped" | "traced";
  /** Null also if it is in another PID namespace. */
  tracer: { pid: number; comm: string | null } | null;
}

/** Null if it runs, has ended, or is another process than the process that began at `start`. */
export function heldUp(pid: number, start?: number): HeldUp | null {
  try {
    if (!mayBeHeldUp(readStat(pid), start)) return null;
    const held = heldUpBy(readSmall(`/proc/${pid}/status`, "latin1"));
    return held === null ? null : toHeldUp(pid, held, readStat(held.tracer));
  } catch {
    return null;
  }
}

/** The same without holding up this process: for a path that a request takes. */
export async function findHeldUp(pid: number, start?: number): Promise<HeldUp | null> {
  try {
    if (!mayBeHeldUp(await statOf(pid), start)) return null;
    const held = heldUpBy(await readFile(`/proc/${pid}/status`, "latin1"));
    return held === null ? null : toHeldUp(pid, held, await statOf(held.tracer));
  } catch {
    return null;
  }
}

/** Nearly always this one file is enough. */
function mayBeHeldUp(stat: ProcessStat | null, start: number | undefined): boolean {
  if (stat === null || (start !== undefined && stat.start !== start)) return false;
  return standsStill(stat.state);
}

function toHeldUp(
  pid: number,
  { how, tracer }: { how: HeldUp["how"]; tracer: number },
  by: ProcessStat | null,
): HeldUp {
  return { pid, how, tracer: tracer === 0 ? null : { pid: tracer, comm: by?.comm ?? null } };
}

/** By its `/proc/PID/status`. `tracer` 0: none, or none that has a number here. */
export function heldUpBy(status: string): { how: HeldUp["how"]; tracer: number } | null {
  const state = /^State:\t(\S)/m.exec(status)?.[1];
  if (!standsStill(state)) return null;
  const tracer = Number(/^TracerPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
  return { how: tracer === 0 && state === "T" ? "stopped" : "traced", tracer };
}

function standsStill(state: string | undefined): boolean {
  return state === "T" || state === "t";
}
