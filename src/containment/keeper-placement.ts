import type { ChildProcess } from "node:child_process";
import type { Clock } from "../system/clock.ts";
import type { Ids } from "../system/ids.ts";
import { findCgroupRoots, type CgroupRoots } from "./cgroup-roots.ts";
import { startSpawner } from "./spawner-process.ts";
import { removeStrayGroups } from "./stray-groups.ts";
import { findManager, isBootedBySystemd } from "./systemd.ts";
import { startInScope, type Scoped } from "./systemd-scope.ts";

/** A running spawner, and the groups that its keepers' payloads can be put into. Both are set up, and lost, together. */
export interface KeeperPlacement {
  child: ChildProcess;
  cgroupRoots: CgroupRoots;
}

export interface PlacementOptions {
  keeperProgram: string;
  /** `auto`, `off` or a folder, from the configuration. */
  cgroup: string;
  /** Distinguishes this state folder's groups from another's. */
  instance: string;
  clock: Clock;
  ids: Ids;
}

/** If systemd manages the groups, it is asked for one; otherwise, or if it refuses, they are made where this process may. */
export async function placeKeepers(options: PlacementOptions): Promise<KeeperPlacement> {
  const placement = await gain(options);
  removeStrayGroups(placement.cgroupRoots, options.clock.nowMs());
  return placement;
}

async function gain(options: PlacementOptions): Promise<KeeperPlacement> {
  const { keeperProgram, cgroup, instance } = options;
  if (cgroup !== "auto" || !isBootedBySystemd()) {
    // First the groups: this process may have to leave its group, and the spawner starts in the same group.
    const cgroupRoots = findCgroupRoots(cgroup, instance);
    return { child: await startSpawner(keeperProgram), cgroupRoots };
  }
  const scoped = await scopeOf(options);
  if (!("not" in scoped))
    return { child: scoped.child, cgroupRoots: findCgroupRoots(cgroup, instance, scoped.place) };
  const cgroupRoots = findCgroupRoots(cgroup, instance);
  return {
    child: await startSpawner(keeperProgram),
    // The reason why there is no scope says what would help; the result of later tries would only hide it.
    cgroupRoots:
      cgroupRoots.v2 === null
        ? { ...cgroupRoots, why: scoped.not }
        : { ...cgroupRoots, missing: cgroupRoots.missing === null ? null : scoped.not },
  };
}

async function scopeOf({
  keeperProgram,
  instance,
  clock,
  ids,
}: PlacementOptions): Promise<Scoped | { not: string }> {
  const manager = findManager();
  if ("not" in manager) return manager;
  // A name of its own each time: the scope of an earlier server lives while its jobs do.
  const name = `holdfast-jobs-${instance}-${ids.uuid().slice(0, 8)}.scope`;
  return startInScope(keeperProgram, manager, { name, description: "Jobs of Holdfast" }, clock);
}
