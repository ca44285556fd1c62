import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { removeGroup } from "../../src/containment/cgroup.ts";

/** Where a job without a group of its own makes those that it wants. */
const root = "/sys/fs/cgroup/unified";

/** Removes the groups that begin with `prefix` there. */
export function removeGroups(prefix: string): void {
  for (const name of readdirSync(root)) if (name.startsWith(prefix)) removeGroup(join(root, name));
}

/** Those that the fixture `composed` named after its witness folder. */
export function removeGroupsOf(witnessDir: string): void {
  removeGroups(basename(witnessDir));
}
