import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where cgroup v2 is mounted: alone, or beside version 1. */
const mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/** A path for a cgroup that a peer makes and removes. */
export function freshGroup(name: string): string {
  const mount = mounts.find((path) => existsSync(join(path, "cgroup.procs")));
  if (mount === undefined) throw new Error("no cgroup v2 is mounted, so there is no peer");
  return join(mount, `holdfast-bench-${name}-${process.pid}`);
}
