import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A mounted control group hierarchy, and where in it this process is. */
export interface Hierarchy {
  version: 1 | 2;
  /** Of version 1: `memory`, `pids` …; a version 2 hierarchy has its own in `cgroup.controllers`. */
  controllers: readonly string[];
  mountPoint: string;
  /** Folder of the group that this process is in; null if it is outside of what is mounted. */
  own: string | null;
}

/** The hierarchies that this process sees; none where the kernel has no control groups. */
export function hierarchies(): Hierarchy[] {
  try {
    return hierarchiesOf(
      readFileSync("/proc/self/mountinfo", "utf8"),
      readFileSync("/proc/self/cgroup", "utf8"),
    );
  } catch {
    return [];
  }
}

export function hierarchiesOf(mountInfo: string, ownGroups: string): Hierarchy[] {
  const groups = ownGroups.split("\n").flatMap((line) => {
    const [, names, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return names === undefined || path === undefined ? [] : [{ names: names.split(","), path }];
  });
  const mounted = mountInfo.split("\n").flatMap((line): Mounted[] => {
    const [before = "", after] = line.split(" - ");
    if (after === undefined) return [];
    const [type, , options = ""] = after.split(" ");
    const [, , device = "", root = "/", mountPoint = ""] = before.split(" ").map(unescaped);
    const version = type === "cgroup2" ? 2 : type === "cgroup" ? 1 : null;
    if (version === null) return [];
    const controllers = version === 2 ? [""] : options.split(",");
    const group = groups.find(({ names }) => names.some((name) => controllers.includes(name)));
    // A container sees its own part mounted, with paths that still begin at the machine's root.
    const inside = group === undefined ? ".." : relative(root, group.path);
    return [
      {
        device,
        hierarchy: {
          version,
          controllers: version === 2 ? [] : (group?.names ?? []),
          mountPoint,
          own: inside.startsWith("..") ? null : join(mountPoint, inside),
        },
      },
    ];
  });
  return onceEach(mounted);
}

interface Mounted {
  /** Two mounts with the same number show the same hierarchy. */
  device: string;
  hierarchy: Hierarchy;
}

/** Mounted again, below a chroot say, a hierarchy is still one: a group made here is there as well. */
function onceEach(mounted: readonly Mounted[]): Hierarchy[] {
  return [...Map.groupBy(mounted, ({ device }) => device).values()].flatMap((same) => {
    const all = same.map(({ hierarchy }) => hierarchy);
    return all.find(({ own }) => own !== null) ?? all[0] ?? [];
  });
}

/** The kernel writes blanks and backslashes in paths as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
