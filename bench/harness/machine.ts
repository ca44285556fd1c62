import { execFileSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, readFileSync, statfsSync, writeSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { freshDir, root } from "./places.ts";
import { spread } from "./spread.ts";

/** Where and when something was measured: without it a figure says nothing. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  /** Under `chrt -r 1` both sides run ahead of whatever else the machine does. */
  priority: "real-time" | "default";
  /** Of the disk with the checkout. */
  fileSystem: string;
  /** Median of 4 KiB appended and fdatasynced. */
  flushMs: number;
  commit: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${release()} ${arch()}`,
    node: process.version,
    priority: isRealTime() ? "real-time" : "default",
    fileSystem: fileSystemOf(root),
    flushMs: flushMs(),
    commit: git("describe", "--always", "--dirty", "--exclude=*"),
  };
}

/** How busy others kept the machine: processor time that was not idle in the last `ms`, and the load average of a minute. */
export async function busyness(ms = 1000): Promise<{ busyShare: number; load1: number }> {
  const before = processorTicks();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = processorTicks();
  const total = after.total - before.total;
  return {
    busyShare: total === 0 ? 0 : 1 - (after.idle - before.idle) / total,
    load1: loadavg()[0] ?? NaN,
  };
}

function processorTicks(): { idle: number; total: number } {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = first.split(/\s+/).slice(1, 9).map(Number);
  return {
    idle: (ticks[3] ?? 0) + (ticks[4] ?? 0),
    total: ticks.reduce((sum, n) => sum + n, 0),
  };
}

/** Field 41 of proc_pid_stat(5): SCHED_FIFO is 1, SCHED_RR is 2. */
function isRealTime(): boolean {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const policy = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38];
  return policy === "1" || policy === "2";
}

function flushMs(): number {
  const path = join(freshDir("flush"), "file");
  const file = openSync(path, "w");
  const page = Buffer.alloc(4096, "x");
  try {
    const times = Array.from({ length: 40 }, () => {
      const beganMs = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      return performance.now() - beganMs;
    });
    return spread(times).median;
  } finally {
    closeSync(file);
  }
}

function fileSystemOf(path: string): string {
  // Magic numbers of statfs(2).
  const names: Record<number, string> = {
    0xef53: "ext4",
    0x58465342: "xfs",
    0x9123683e: "btrfs",
    0x01021994: "tmpfs",
    0x794c7630: "overlayfs",
    0x6969: "nfs",
  };
  const { type } = statfsSync(path);
  return names[type] ?? `0x${type.toString(16)}`;
}

function git(...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
