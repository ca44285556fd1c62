import type { ChildProcess } from "node:child_process";
import type { Clock } from "../system/clock.ts";
import type { Ids } from "../system/ids.ts";
import { findGrounds, type Grounds } from "./cgroup-grounds.ts";
import { startSpawner } from "./spawner-process.ts";
import { removeStrayGroups } from "./stray-groups.ts";
import { findManager, isBootedBySystemd } from "./systemd.ts";
import { startInScope, type Scoped } from "./systemd-scope.ts";

/** A running spawner, and the groups that its keepers' payloads can be put into. Both are set up, and lost, together. */
export interface Foothold {
  child: ChildProcess;
  grounds: Grounds;
}

export interface FootholdOptions {
  keeperProgram: string;
  /** `auto`, `off` or a folder, from the configuration. */
  cgroup: string;
  /** Distinguishes this state folder's groups from another's. */
  instance: string;
  clock: Clock;
  ids: Ids;
}

/** If systemd manages the groups, it is asked for one; otherwise, or if it refuses, they are made where this process may. */
export async function gainFoothold(options: FootholdOptions): Promise<Foothold> {
  const foothold = await gain(options);
  removeStrayGroups(foothold.grounds, options.clock.nowMs());
  return foothold;
}

async function gain(options: FootholdOptions): Promise<Foothold> {
  const { keeperProgram, cgroup, instance } = options;
  if (cgroup !== "auto" || !isBootedBySystemd()) {
    // First the groups: this process may have to leave its group, and the spawner starts in the same group.
    const grounds = findGrounds(cgroup, instance);
    return { child: await startSpawner(keeperProgram), grounds };
  }
  const scoped = await scopeOf(options);
  if (!("not" in scoped))
    return { child: scoped.child, grounds: findGrounds(cgroup, instance, scoped.place) };
  const grounds = findGrounds(cgroup, instance);
  return {
    child: await startSpawner(keeperProgram),
    // The reason why there is no scope says what would help; the result of later tries would only hide it.
    grounds:
      grounds.v2 === null
        ? { ...grounds, why: scoped.not }
        : { ...grounds, missing: grounds.missing === null ? null : scoped.not },
  };
}

async function scopeOf({
  keeperProgram,
  instance,
  clock,
  ids,
}: FootholdOptions): Promise<Scoped | { not: string }> {
  const manager = findManager();
  if ("not" in manager) return manager;
  // A name of its own each time: the scope of an earlier server lives while its jobs do.
  const name = `holdfast-jobs-${instance}-${ids.uuid().slice(0, 8)}.scope`;
  return startInScope(keeperProgram, manager, { name, description: "Jobs of Holdfast" }, clock);
}
