import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readStat } from "../../processes/proc-stat.ts";
import type { Clock } from "../../system/clock.ts";
import { isFinished } from "../scene.ts";

/** Everything that living processes have open, mapped, or as a working directory. */
export interface Held {
  /**
   * Inodes of any file system: a number used on two file systems makes more files count as held,
   * never fewer.
   */
  inodes: ReadonlySet<number>;
  paths: ReadonlySet<string>;
  /** Number of processes that this user may not inspect. */
  hidden: number;
}

// About 10 ms of reading; thousands of processes take seconds in total.
const processesPerTurn = 32;

/**
 * Reads all processes once, yielding to other work in between. Opens none of their files, because a
 * dead file system would block it.
 */
export async function readHeld(clock: Clock): Promise<Held> {
  const inodes = new Set<number>();
  const paths = new Set<string>();
  let hidden = 0;
  const pids = (namesIn("/proc") ?? []).filter((name) => /^\d+$/.test(name));
  for (const [index, pid] of pids.entries()) {
    if (index % processesPerTurn === processesPerTurn - 1)
      await new Promise<void>((resolve) => clock.soon(resolve));
    const seen = readDescriptors(pid, inodes, paths) && readMaps(pid, inodes, paths);
    for (const link of ["cwd", "root", "exe"]) addLink(`/proc/${pid}/${link}`, paths);
    // Process 1 only starts and reaps processes; in a container it may be hidden even from root.
    if (!seen && pid !== "1") hidden += 1;
  }
  return { inodes, paths, hidden };
}

/**
 * By task: after the main thread has ended, `/proc/PID/fd` is empty while the other threads' is
 * not.
 */
function readDescriptors(pid: string, inodes: Set<number>, paths: Set<string>): boolean {
  for (const task of namesIn(`/proc/${pid}/task`) ?? []) {
    const folder = `/proc/${pid}/task/${task}`;
    const descriptors = namesIn(`${folder}/fd`);
    if (descriptors === null) return !existsStill(pid);
    for (const descriptor of descriptors) {
      addLink(`${folder}/fd/${descriptor}`, paths);
      // Available since Linux 5.14; before, only the path is used.
      const inode = /^ino:\s*(\d+)$/m.exec(textOf(`${folder}/fdinfo/${descriptor}`) ?? "")?.[1];
      if (inode !== undefined) inodes.add(Number(inode));
    }
    if (descriptors.length > 0) break;
  }
  return true;
}

function readMaps(pid: string, inodes: Set<number>, paths: Set<string>): boolean {
  const text = textOf(`/proc/${pid}/maps`);
  if (text === null) return !existsStill(pid);
  for (const [, inode, path = ""] of text.matchAll(/^\S+ \S+ \S+ \S+ (\d+) *(.*)$/gm)) {
    if (inode !== "0") inodes.add(Number(inode));
    if (path.startsWith("/")) paths.add(path.replace(/ \(deleted\)$/, ""));
  }
  return true;
}

/** A process that has ended and waits to be reaped has nothing open. */
function existsStill(pid: string): boolean {
  const stat = readStat(Number(pid));
  return stat !== null && !isFinished(stat);
}

function addLink(path: string, paths: Set<string>): void {
  try {
    paths.add(readlinkSync(path).replace(/ \(deleted\)$/, ""));
  } catch {
    // It has ended, or is hidden, which reading the descriptors shows too.
  }
}

function namesIn(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
