import { counted } from "../../contract/counted.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import { unexplainedKills } from "../../contract/unexplained-kills.ts";
import { formatSize } from "../../contract/units.ts";
import type { AppliedLimit } from "../../job/limits.ts";

interface Victim {
  pid: number;
  command: string;
}

const sigkill = 9;
const mostNamed = 3;

/**
 * The processes that the kernel killed for memory, by its log. Never by their status: any program can
 * send SIGKILL, also to itself.
 */
export function victimsOf(exit: ExitRecord): Victim[] {
  return kills(exit) === 0 ? [] : (exit.oom_victims ?? []).map(named);
}

/**
 * Whether the job failed for memory: the kernel killed a process of its group, and the main process
 * failed without a stop from us. If the kernel's log accounts for every kill and does not name the main
 * process, another program sent its SIGKILL.
 */
export function ranOutOfMemory(exit: ExitRecord, limits: readonly AppliedLimit[]): boolean {
  const { main } = exit;
  if (exit.reason !== "exited" || kills(exit) === 0 || main.code === 0) return false;
  if (main.code === null && main.signal === null) return false;
  if (main.signal !== sigkill) return true;
  // With memory.max the kernel kills all of the group and logs one of them.
  if (limits.some(({ how }) => how === "memory.max")) return true;
  const victims = victimsOf(exit);
  return victims.length < kills(exit) || victims.some(({ pid }) => pid === main.pid);
}

/**
 * `the kernel killed python3 (pid 812) for memory: limit 64MiB, peak 64MiB`. Where the log names no
 * process: the kernel's count, and which processes ended by a SIGKILL that is not explained.
 */
export function outOfMemoryMessage(
  exit: ExitRecord,
  limits: readonly AppliedLimit[],
): string | null {
  if (kills(exit) === 0) return null;
  const victims = victimsOf(exit);
  const limit = limits.find(({ what }) => what === "memory");
  const bound =
    typeof limit?.wanted === "number"
      ? `limit ${formatSize(limit.wanted)}`
      : "the machine, or a group above the job's, was short of it";
  const peak =
    exit.memory_peak_bytes === null ? "" : `, peak ${formatSize(exit.memory_peak_bytes)}`;
  if (victims.length > 0) return `the kernel killed ${listed(victims)} for memory: ${bound}${peak}`;
  const suspects = unexplainedKills(exit.processes);
  const possible =
    suspects.length === 0
      ? ""
      : `; ended by a SIGKILL that Holdfast did not send: ${listed(suspects.map(named))}`;
  // The counter is not the number of processes: if the whole group is killed, the first victim counts twice.
  const count = counted(kills(exit), "kill");
  return `the kernel counted ${count} for memory in the job's cgroup: ${bound}${peak}; the kernel's log does not show which process${possible}`;
}

function listed(processes: readonly Victim[]): string {
  const some = processes.slice(0, mostNamed).map(({ pid, command }) => `${command} (pid ${pid})`);
  const others = processes.length - some.length;
  return others === 0 ? some.join(", ") : `${some.join(", ")} and ${others} more`;
}

function named({ pid, comm }: { pid: number; comm: string }): Victim {
  return { pid, command: comm };
}

function kills({ oom_kills: count }: ExitRecord): number {
  return count ?? 0;
}
