import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Hierarchy } from "./cgroup-hierarchies.ts";

/** A version 2 group in which ours may be made. */
export interface Place {
  parent: string;
  /**
   * Whether controllers may be enabled for its children: `may`, or a message that says why not and
   * what would help. Controllers that are already enabled are used in any case.
   */
  enabling: "may" | { not: string };
  /** This process may be moved into a leaf below it, to make it a group without processes. */
  leaf: boolean;
}

/** The group below a delegated one into which this process goes, so that the other has no processes. */
export const serverLeaf = "holdfast-server";

const inScope = "systemd-run --user --scope -p Delegate=yes holdfast server start";

/**
 * The places of a version 2 hierarchy, the nearest to this process first.
 *
 * Not in the own group of a systemd *service*: with controllers enabled there and a job alive, the
 * next start of the service fails (219/CGROUP, tried on systemd 252). With `DelegateSubgroup=` the
 * process is in a sub-group and its parent is the place. A scope is never started twice.
 *
 * At the root of a machine that systemd manages, systemd decides what is enabled.
 */
export function placesIn(
  { mountPoint, own: found }: Hierarchy,
  systemd = existsSync("/run/systemd/system"),
): Place[] {
  const group = found ?? mountPoint;
  const own = basename(group) === serverLeaf ? dirname(group) : group;
  const root: Place = {
    parent: mountPoint,
    enabling: systemd ? { not: `systemd manages ${mountPoint}; try ${inScope}` } : "may",
    leaf: false,
  };
  if (own === mountPoint) return [root];
  if (!systemd) return [{ parent: own, enabling: "may", leaf: true }, root];
  const unit = basename(dirname(own));
  if (unit.endsWith(".service") || unit.endsWith(".scope"))
    return [{ parent: dirname(own), enabling: "may", leaf: false }, root];
  if (own.endsWith(".service")) {
    const not = `${basename(own)} could not be restarted while jobs run: add DelegateSubgroup=server to it (systemd 254 or later), or ${inScope}`;
    return [{ parent: own, enabling: { not }, leaf: false }, root];
  }
  return [{ parent: own, enabling: "may", leaf: own.endsWith(".scope") }, root];
}
