import { readdirSync, readFileSync, rmdirSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ownCgroupNamespace } from "../processes/pid-namespace.ts";
import { isGone } from "../processes/proc-stat.ts";

/**
 * Control groups of single attempts, never used twice. Everything here is
 * about folders that Holdfast made below its own; no other group is written to.
 */

/** A group's path, and the cgroup namespace in which it was made; null or absent: not recorded. */
export interface RecordedGroup {
  path: string;
  namespace?: number | null | undefined;
}

/**
 * Whether any process of the group or its sub-groups lives, as the kernel counts. False when the group
 * was removed, which the kernel allows only when it is empty. Null: a missing one may be elsewhere,
 * because this process is in another cgroup namespace or the hierarchy is not mounted there.
 */
export function isPopulated({ path, namespace }: RecordedGroup): boolean | null {
  try {
    return /^populated 1$/m.test(readFileSync(join(path, "cgroup.events"), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENODEV") return false;
    if (!isGone(error)) throw error;
    return wouldBeSeen(path, namespace ?? null) ? false : null;
  }
}

const cgroup2 = 0x63677270;

function wouldBeSeen(path: string, namespace: number | null): boolean {
  if (namespace !== null && namespace !== ownCgroupNamespace()) return false;
  for (let above = dirname(path); ; above = dirname(above)) {
    try {
      return statfsSync(above).type === cgroup2;
    } catch (error) {
      if (!isGone(error) || above === dirname(above)) return false;
    }
  }
}

/** Pids of all members, sub-groups included, each once. */
export function membersOf(path: string): number[] {
  const pids = new Set<number>();
  for (const group of groupsBelow(path)) {
    for (const line of readLines(join(group, "cgroup.procs"))) pids.add(Number(line));
  }
  // 0: a member from a PID namespace that this process cannot see.
  pids.delete(0);
  return [...pids];
}

/** KILL to every member at once. A process whose main thread has gone survives this: signal members as well. */
export function killGroup(path: string): void {
  try {
    writeFileSync(join(path, "cgroup.kill"), "1");
  } catch (error) {
    if (!isGone(error) && (error as NodeJS.ErrnoException).code !== "ENODEV") throw error;
  }
}

/** Removes the group with its sub-groups, deepest first. Returns false while the kernel says busy. */
export function removeGroup(path: string): boolean {
  try {
    for (const group of groupsBelow(path).toReversed()) rmdirSync(group);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}

/** The group and all below it, parents before children. */
function groupsBelow(path: string): string[] {
  const found: string[] = [];
  const visit = (group: string) => {
    let entries;
    try {
      entries = readdirSync(group, { withFileTypes: true });
    } catch (error) {
      if (isGone(error)) return;
      throw error;
    }
    found.push(group);
    for (const entry of entries) if (entry.isDirectory()) visit(join(group, entry.name));
  };
  visit(path);
  return found;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EOPNOTSUPP: a threaded sub-group lists its members only in its parent.
    if (isGone(error) || code === "ENODEV" || code === "EOPNOTSUPP") return [];
    throw error;
  }
}
