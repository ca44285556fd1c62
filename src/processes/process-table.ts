import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isGone, isHidden, type ProcessStat, throwUnlessUnseen, visibleStat } from "./proc-stat.ts";

/** Every process that this one can see, zombies with living threads included; `without` pids are not read. */
export function listProcesses(without: ReadonlySet<number> = new Set()): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = without.has(Number(name)) ? null : visibleStat(Number(name));
    if (stat !== null) found.push(stat);
  }
  return found;
}

/** Whether a process has a file below `folder` open. False as well if the kernel would not say. */
export function hasOpenBelow(pid: number, folder: string): boolean {
  // By task: with the main thread gone `/proc/PID/fd` is empty.
  return namesIn(`/proc/${pid}/task`).some((task) => {
    const descriptors = `/proc/${pid}/task/${task}/fd`;
    return namesIn(descriptors).some((fd) => {
      try {
        return readlinkSync(`${descriptors}/${fd}`).startsWith(`${folder}/`);
      } catch (error) {
        throwUnlessUnseen(error);
        return false; // closed meanwhile
      }
    });
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throwUnlessUnseen(error);
    return [];
  }
}

/** The argument vector joined by spaces, or the short name where there is none (kernel threads, a dead main thread). */
export function commandOf(pid: number, comm: string): string {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, "utf8")
      .replace(/\0+$/, "")
      .replaceAll("\0", " ");
    return text === "" ? comm : text;
  } catch (error) {
    if (isGone(error) || isHidden(error)) return comm;
    throw error;
  }
}

/** The kernel function that a process sleeps in; null if the kernel does not say. */
export function waitChannelOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/wchan`, "utf8");
    return text === "" || text === "0" ? null : text;
  } catch {
    return null;
  }
}
