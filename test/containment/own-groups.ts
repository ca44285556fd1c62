import { existsSync, mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { removeGroup } from "../../src/containment/cgroup.ts";

/** Where cgroup v2 is mounted: beside version 1, or alone. Null: nowhere. */
export const v2Mount =
  ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((mount) =>
    existsSync(join(mount, "cgroup.procs")),
  ) ?? null;

/** Whether this user may make groups there. */
export const mayMakeGroups = canMakeOne();

function canMakeOne(): boolean {
  try {
    rmdirSync(makeGroup("hf-probe-"));
    return true;
  } catch {
    return false;
  }
}

export function makeGroup(prefix: string): string {
  if (v2Mount === null) throw new Error("cgroup v2 is not mounted");
  return mkdtempSync(join(v2Mount, prefix));
}

/**
 * Removes the groups that begin with `prefix`. A job without a group of its own makes those that it
 * wants in the root one.
 */
export function removeGroups(prefix: string): void {
  if (v2Mount === null) return;
  for (const name of readdirSync(v2Mount))
    if (name.startsWith(prefix)) removeGroup(join(v2Mount, name));
}

/** Those that the fixture `composed` named after its witness folder. */
export function removeGroupsOf(witnessDir: string): void {
  removeGroups(basename(witnessDir));
}
