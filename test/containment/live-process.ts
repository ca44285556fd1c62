import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readStat } from "../../src/processes/proc-stat.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { buildFolder } from "./private-server.ts";

/** A process that a test looked up, with all that distinguishes it from a later one with its pid. */
export interface LiveProcess {
  pid: number;
  /** Clock ticks since boot. */
  start: number;
}

export function liveProcess(pid: number): LiveProcess {
  const stat = readStat(pid);
  if (stat === null) throw new Error(`there is no process ${pid}`);
  return { pid, start: stat.start };
}

/** The children of a process with one thread. */
export function childrenOf(pid: number): LiveProcess[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map((child) => liveProcess(Number(child)));
}

/** Through a pidfd, after start time and boot were compared. Returns what the keeper program answered. */
export function signalLive(target: LiveProcess & { inode?: number }, signal: string): string {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const number = { KILL: 9, CONT: 18, STOP: 19 }[signal] ?? 0;
  const answer = execFileSync(
    join(buildFolder, "keeper/holdfast-keeper"),
    ["signal", "--boot", boot],
    {
      input: `${target.pid} ${target.start} ${target.inode ?? 0} ${number}\n`,
      encoding: "utf8",
    },
  );
  return answer.trim().split(" ")[1] ?? "";
}

/** SIGKILL, and resolves when the process is gone or only waits to be reaped. */
export async function killLive(target: LiveProcess): Promise<void> {
  signalLive(target, "KILL");
  await until(() => {
    const stat = readStat(target.pid);
    return stat === null || stat.start !== target.start || stat.state === "Z";
  });
}

const pollMs = 2;

/** Polls, for conditions that only /proc shows. Throws after `longestWaitMs`. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + longestWaitMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`never became true: ${String(condition)}`);
    await delay(pollMs);
  }
}

/** The same for conditions that a server has to be asked for; `seen` returns the last answer. */
export async function untilAnswered(
  condition: () => Promise<boolean>,
  seen: () => string,
): Promise<void> {
  const giveUpAt = performance.now() + longestWaitMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`never became true; last: ${seen()}`);
    await delay(pollMs);
  }
}
