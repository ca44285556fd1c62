import { join } from "node:path";
import { enableControllers } from "./cgroup-controllers.ts";
import { hierarchies, type Hierarchy } from "./cgroup-hierarchies.ts";
import { placesIn, type Place } from "./cgroup-places.ts";
import { filesOfChild, makeRoot, removeRoot, type CgroupRoot } from "./cgroup-root.ts";
import { versionOneRoots, type VersionOneController } from "./cgroup-v1.ts";

/** Where this server may make groups. Everything here was made and tried, not concluded. */
export interface CgroupRoots {
  /** Version 2: its groups prove that nothing lives, and limit where controllers are enabled. */
  v2: CgroupRoot | null;
  /** Version 1: its groups only limit. */
  v1: ReadonlyMap<VersionOneController, CgroupRoot>;
  /** Why it is this one, or why there is none, as a message for people. */
  why: string;
  /** Why version 2 lacks controllers, with what would help; null if it has all. */
  missing: string | null;
}

/** Their paths, each once. */
export function rootsOf({ v2, v1 }: CgroupRoots): string[] {
  const roots = [v2, ...v1.values()].flatMap((one) => (one === null ? [] : [one.root]));
  return [...new Set(roots)];
}

const controllersThatCount = ["memory.max", "pids.max", "cpu.max"];

/** The name of the group in which the attempts of a state folder get theirs. */
export function rootName(instance: string): string {
  return `holdfast-${instance}`;
}

/**
 * Finds where this server may make groups. `setting` is `auto`, `off` or a folder of version 2;
 * `given` is a place that is certainly ours, so that no other has to be searched for.
 * Makes `holdfast-<instance>` there, enables controllers for its children, and tries a child.
 */
export function findCgroupRoots(setting: string, instance: string, given?: Place): CgroupRoots {
  const none = { v2: null, v1: new Map(), missing: null };
  if (setting === "off") return { ...none, why: "switched off by containment.cgroup" };
  const mounted = hierarchies();
  const name = rootName(instance);
  const found = best(versionTwo(given === undefined ? places(setting, mounted) : [given], name));
  const v1 = versionOneRoots(mounted, name);
  if (found.cgroupRoot === null) return { ...none, v1, why: found.message };
  const { cgroupRoot } = found;
  const complete = controllersThatCount.every((file) => cgroupRoot.files.has(file));
  return {
    v2: cgroupRoot,
    v1,
    why: `groups are made in ${cgroupRoot.root}`,
    missing: complete ? null : found.message,
  };
}

interface Tried {
  cgroupRoot: CgroupRoot | null;
  /** What is missing, or why there is nothing. */
  message: string;
}

function places(setting: string, mounted: readonly Hierarchy[]): Place[] {
  return setting === "auto"
    ? mounted.filter(({ version }) => version === 2).flatMap((hierarchy) => placesIn(hierarchy))
    : [{ parent: setting, enabling: "may", leaf: false }];
}

function versionTwo(candidates: readonly Place[], name: string): Tried[] {
  const tried: Tried[] = [];
  for (const place of candidates) {
    const root = join(place.parent, name);
    const failure = makeRoot(root);
    if (failure !== null) {
      tried.push({ cgroupRoot: null, message: failure });
      continue;
    }
    const message = enableControllers(place, root);
    const files = filesOfChild(root);
    tried.push(
      files.has("cgroup.kill")
        ? { cgroupRoot: { root, files }, message }
        : {
            cgroupRoot: null,
            message: `${root}: the kernel has no cgroup.kill (5.14 or later has)`,
          },
    );
    if (controllersThatCount.every((file) => files.has(file))) break;
  }
  return tried;
}

/** The one with the most controllers, the nearest to this process among equals; the others are removed. */
function best(tried: readonly Tried[]): Tried {
  const score = ({ cgroupRoot }: Tried) =>
    cgroupRoot === null
      ? -1
      : controllersThatCount.filter((file) => cgroupRoot.files.has(file)).length;
  const [first, ...others] = tried.toSorted((a, b) => score(b) - score(a));
  for (const { cgroupRoot } of others) if (cgroupRoot !== null) removeRoot(cgroupRoot.root);
  const message = [...new Set(tried.map((one) => one.message))].filter(Boolean).join("; ");
  return {
    cgroupRoot: first?.cgroupRoot ?? null,
    message: message === "" ? "no cgroup v2 hierarchy is mounted" : message,
  };
}
