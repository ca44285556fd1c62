import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { bootId } from "../../src/processes/boot.ts";
import { listProcesses } from "../../src/processes/process-table.ts";
import type { ProcessStat } from "../../src/processes/proc-stat.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { realKeeper, signalArguments } from "./points.ts";

/** Resolves with the child or grandchild of a process that stopped itself. */
export async function stoppedBelow(pid: number): Promise<ProcessStat> {
  const giveUpAtMs = Date.now() + longestWaitMs;
  while (Date.now() < giveUpAtMs) {
    const table = listProcesses();
    const children = new Set(table.filter(({ ppid }) => ppid === pid).map((one) => one.pid));
    const stopped = table.find(
      ({ state, ppid }) => state === "T" && (ppid === pid || children.has(ppid)),
    );
    if (stopped !== undefined) return stopped;
    await delay(5);
  }
  throw new Error("no process stopped: the failpoint was never reached");
}

/** Continues it, if it still exists. */
export function letGoOn({ pid, start }: ProcessStat): void {
  try {
    execFileSync(realKeeper, signalArguments("CONT", bootId(), { pid, start }));
  } catch (error) {
    // 3: it has gone.
    if ((error as { status?: number }).status !== 3) throw error;
  }
}

export async function untilGone({ pid, start }: ProcessStat): Promise<void> {
  const giveUpAtMs = Date.now() + longestWaitMs;
  while (listProcesses().some((one) => one.pid === pid && one.start === start)) {
    if (Date.now() >= giveUpAtMs) throw new Error(`pid ${pid} does not end`);
    await delay(5);
  }
}
