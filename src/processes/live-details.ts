import { readFileSync } from "node:fs";
import { commandOf, waitChannelOf } from "./process-table.ts";
import type { ProcessStat } from "./proc-stat.ts";

// USER_HZ: what the kernel shows to programs is in hundredths of a second on every Linux that Node runs on.
const ticksPerSecond = 100;

/** Details of a process for people, beyond its identity. */
export interface LiveDetails {
  pid: number;
  ppid: number;
  command: string;
  state: string;
  waitChannel: string | null;
  threads: number;
  cpuMs: number;
  residentBytes: number | null;
  ageMs: number;
}

export function liveDetails(stat: ProcessStat, nowMs: number): LiveDetails {
  return {
    pid: stat.pid,
    ppid: stat.ppid,
    command: commandOf(stat.pid, stat.comm),
    state: stat.state,
    waitChannel: waitChannelOf(stat.pid),
    threads: stat.threads,
    cpuMs: (stat.cpuTicks * 1000) / ticksPerSecond,
    residentBytes: residentOf(stat.pid),
    ageMs: Math.max(0, Math.round(nowMs - startedAtMs(stat.start))),
  };
}

/** UTC milliseconds of a start time in ticks since boot. */
export function startedAtMs(startTicks: number): number {
  return bootedAtMs() + (startTicks * 1000) / ticksPerSecond;
}

let booted: number | null = null;

/** The boot's time by the wall clock as it was set when this was first asked. */
function bootedAtMs(): number {
  const line = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"));
  booted ??= Number(line?.[1]) * 1000;
  return booted;
}

/** Null for a process without memory of its own: a zombie, a kernel thread. */
function residentOf(pid: number): number | null {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found === null ? null : Number(found[1]) * 1024;
  } catch {
    return null;
  }
}
