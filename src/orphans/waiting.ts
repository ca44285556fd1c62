import { readdirSync } from "node:fs";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { readSmall } from "../processes/small-file.ts";
import { isReaper } from "./parent.ts";
import { identityKey } from "./scene.ts";

/**
 * How long the threads of each process have waited for a CPU since they started, in milliseconds,
 * by identity. Only for processes without a living parent: it is not needed for others, and costs a
 * read for each thread.
 */
export function waitedByProcess(table: readonly ProcessStat[]): Map<string, number> {
  const all = new Map(table.map((stat) => [stat.pid, stat]));
  const waited = new Map<string, number>();
  for (const stat of table) {
    const parent = all.get(stat.ppid);
    if (parent !== undefined && !isReaper(parent)) continue;
    const ms = waitedMs(stat.pid);
    if (ms !== null) waited.set(identityKey(stat), ms);
  }
  return waited;
}

/** Null: it has ended, or the kernel does not count it. */
function waitedMs(pid: number): number | null {
  try {
    // `/proc/PID/schedstat` covers only the main thread.
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.reduce((sum, task) => sum + waitedOfTask(`/proc/${pid}/task/${task}`), 0);
  } catch {
    return null;
  }
}

function waitedOfTask(folder: string): number {
  try {
    // Time on a CPU and time waiting for one, in nanoseconds, and the number of time slices.
    return Number(readSmall(`${folder}/schedstat`, "latin1").split(" ")[1] ?? 0) / 1e6;
  } catch {
    return 0; // the thread has ended
  }
}
