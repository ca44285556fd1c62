import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { removeGroup } from "./cgroup.ts";
import { rootsOf, type CgroupRoots } from "./cgroup-roots.ts";

// A launch in progress has a group without processes for some milliseconds.
const youngMs = 60_000;

/**
 * Removes groups of attempts that a crash left behind, if they have no processes. The kernel refuses
 * to remove any other.
 */
export function removeStrayGroups(cgroupRoots: CgroupRoots, nowMs: number): void {
  for (const root of rootsOf(cgroupRoots)) removeStraysIn(root, nowMs);
}

export function removeStraysIn(root: string, nowMs: number): void {
  for (const name of namesIn(root)) {
    const group = join(root, name);
    if (/^[0-9a-f-]{36}$/.test(name) && isOld(group, nowMs)) removeQuietly(group);
  }
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}

function isOld(group: string, nowMs: number): boolean {
  const made = statSync(group, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && nowMs - made > youngMs;
}

function removeQuietly(group: string): void {
  try {
    removeGroup(group);
  } catch {
    // What cannot be removed now is tried again at the next start.
  }
}
