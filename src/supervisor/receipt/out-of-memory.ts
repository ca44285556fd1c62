import type { ExitRecord } from "../../contract/keeper.ts";
import { formatSize } from "../../contract/units.ts";
import type { AppliedLimit } from "../../job/limits.ts";

const sigkill = 9;

/**
 * The processes that the kernel killed for memory: by its log, else those that ended by a SIGKILL that
 * the keeper did not send, if there are no more of them than the kernel counts kills.
 */
export function victimsOf(exit: ExitRecord): { pid: number; command: string }[] {
  if (kills(exit) === 0) return [];
  const logged = exit.oom_victims ?? [];
  const suspects = exit.processes.filter(({ signal, how }) => signal === sigkill && how !== "kill");
  const victims = logged.length > 0 ? logged : suspects.length <= kills(exit) ? suspects : [];
  return victims.map(({ pid, comm }) => ({ pid, command: comm }));
}

/**
 * Whether the job failed for memory: the kernel killed in its group, and the main process was killed
 * by it or failed without a stop from us. A SIGKILL from another process stays what it is.
 */
export function ranOutOfMemory(exit: ExitRecord, limits: readonly AppliedLimit[]): boolean {
  const { main } = exit;
  if (exit.reason !== "exited" || kills(exit) === 0 || main.code === 0) return false;
  if (main.code === null && main.signal === null) return false;
  if (main.signal !== sigkill) return true;
  // With memory.max the kernel kills all of the group and logs one of them.
  if (limits.some(({ how }) => how === "memory.max")) return true;
  return victimsOf(exit).some(({ pid }) => pid === main.pid);
}

/** `the kernel killed python3 (pid 812) for memory: limit 64MiB, peak 64MiB` */
export function outOfMemoryMessage(
  exit: ExitRecord,
  limits: readonly AppliedLimit[],
): string | null {
  if (kills(exit) === 0) return null;
  const victims = victimsOf(exit);
  const named = victims.slice(0, 3).map(({ pid, command }) => `${command} (pid ${pid})`);
  // Not by the counter: if the whole group is killed, the kernel counts its first victim twice.
  const others = victims.length > named.length ? ` and ${victims.length - named.length} more` : "";
  const victimNames = named.length === 0 ? "some of its processes" : `${named.join(", ")}${others}`;
  const limit = limits.find(({ what }) => what === "memory");
  const bound =
    typeof limit?.wanted === "number"
      ? `limit ${formatSize(limit.wanted)}`
      : "the machine, or a group above the job's, was short of it";
  const peak =
    exit.memory_peak_bytes === null ? "" : `, peak ${formatSize(exit.memory_peak_bytes)}`;
  return `the kernel killed ${victimNames} for memory: ${bound}${peak}`;
}

function kills({ oom_kills: counted }: ExitRecord): number {
  return counted ?? 0;
}
