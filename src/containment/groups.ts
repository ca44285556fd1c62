import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CgroupRoots } from "./cgroup-roots.ts";
import { fillCpuset, type VersionOneController } from "./cgroup-v1.ts";
import { type AttemptGroups, type LimitedSpec, versionOneNeeds } from "./limits.ts";

/** Version 1 groups that an attempt is to have, by controller; hierarchies mounted together share one. `spec` null: all that it could have. */
export function alsoGroups(
  cgroupRoots: CgroupRoots,
  attempt: string,
  spec: LimitedSpec | null,
): Map<VersionOneController, string> {
  const needs = spec === null ? [...cgroupRoots.v1.keys()] : versionOneNeeds(cgroupRoots, spec);
  return new Map(
    needs.flatMap((controller) => {
      const cgroupRoot = cgroupRoots.v1.get(controller);
      return cgroupRoot === undefined
        ? []
        : [[controller, join(cgroupRoot.root, attempt)] as const];
    }),
  );
}

/**
 * Makes the groups of one attempt. Throws if the version 2 group cannot be made or exists: a name is
 * never used twice. A version 1 group that cannot be made is left out and reported: its limit
 * is then enforced in the next best way.
 */
export async function makeGroups(
  v2: string | null,
  also: ReadonlyMap<VersionOneController, string>,
  onComplaint: (text: string) => void,
): Promise<AttemptGroups> {
  // All at once; continue only when each is made or refused: after a failure all of
  // them are removed.
  const paths = [...new Set(also.values())];
  const [refusedV2, ...refused] = await Promise.all([
    v2 === null ? Promise.resolve(null) : refusalToMake(v2),
    ...paths.map(refusalToMake),
  ]);
  if (refusedV2 !== null) throw refusedV2.error;
  const made = new Map<VersionOneController, string>();
  for (const [controller, path] of also) {
    try {
      const refusal = refused[paths.indexOf(path)] ?? null;
      if (refusal !== null) throw refusal.error;
      if (controller === "cpuset") fillCpuset(dirname(path), path);
      made.set(controller, path);
    } catch (error) {
      onComplaint(`${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  }
  return { v2, v1: made };
}

/** Null: it is made. The kernel may take 1 ms for it: not on the main thread. */
function refusalToMake(path: string): Promise<{ error: unknown } | null> {
  return mkdir(path, { mode: 0o755 }).then(
    () => null,
    (error: unknown) => ({ error }),
  );
}
