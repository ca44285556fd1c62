import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hierarchy } from "./cgroup-hierarchies.ts";
import { filesOfChild, makeRoot, removeRoot, type CgroupRoot } from "./cgroup-root.ts";

export const versionOneControllers = ["memory", "pids", "cpu", "cpuset", "blkio"] as const;
export type VersionOneController = (typeof versionOneControllers)[number];

/**
 * Version 1 hierarchies in which this process may make groups: below its own group, so that the
 * limits it is under itself keep holding. See docs/decisions on hybrid machines.
 */
export function versionOneRoots(
  mounted: readonly Hierarchy[],
  name: string,
): Map<VersionOneController, CgroupRoot> {
  const cgroupRoots = new Map<VersionOneController, CgroupRoot>();
  for (const { version, controllers, own } of mounted) {
    const found = versionOneControllers.filter((controller) => controllers.includes(controller));
    if (version !== 1 || own === null || found.length === 0 || !countsBelow(own)) continue;
    const root = join(own, name);
    if (makeRoot(root) !== null) continue;
    const files = filesOfChild(root);
    if (files.size === 0) removeRoot(root);
    else for (const controller of found) cgroupRoots.set(controller, { root, files });
  }
  return cgroupRoots;
}

/** Before Linux 5.11 a memory group could leave out what is below it: ours would be outside its limit. */
function countsBelow(group: string): boolean {
  try {
    return readFileSync(join(group, "memory.use_hierarchy"), "utf8").trim() !== "0";
  } catch {
    return true;
  }
}

/**
 * A cpuset of version 1 starts with nothing in it and takes no member then. Written before each
 * use, from the group above: a CPU that was offline for a moment is taken out for good by the kernel.
 */
export function fillCpuset(root: string, group: string): void {
  for (const [from, to] of [
    [join(root, ".."), root],
    [root, group],
  ] as const)
    for (const file of ["cpuset.cpus", "cpuset.mems"])
      writeFileSync(join(to, file), readFileSync(join(from, file), "utf8"));
}
