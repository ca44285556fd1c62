import { readStat } from "./proc-stat.ts";

/** The processor time that a process has had, in clock ticks; null if it cannot be seen. */
export function workOf(pid: number | null | undefined): number | null {
  return typeof pid === "number" ? (readStat(pid)?.cpuTicks ?? null) : null;
}
