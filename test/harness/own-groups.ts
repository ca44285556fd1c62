import { existsSync } from "node:fs";
import { join } from "node:path";
import { instanceOf } from "../../src/config/instance.ts";
import { hierarchies } from "../../src/containment/cgroup-hierarchies.ts";
import { rootName } from "../../src/containment/cgroup-roots.ts";
import { removeGroup } from "../../src/containment/cgroup.ts";

/**
 * The cgroups that servers of a state folder have made where this process, or its machine, may make some. A
 * server that is killed leaves them to the next one, which a test's state folder never gets.
 */
export function groupsOf(stateDir: string, ...parents: readonly string[]): string[] {
  const places = hierarchies().flatMap(({ own, mountPoint }) => [mountPoint, own ?? mountPoint]);
  const paths = [...places, ...parents].map((place) =>
    join(place, rootName(instanceOf({ stateDir }))),
  );
  return [...new Set(paths)].filter((path) => existsSync(path));
}

/** Groups without processes; a busy one stays. */
export function removeGroupsOf(stateDir: string, ...parents: readonly string[]): void {
  for (const path of groupsOf(stateDir, ...parents)) removeGroup(path);
}
