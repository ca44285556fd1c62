import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  limitNames,
  notApplied,
  type AppliedLimit,
  type LimitName,
  type ResourceLimits,
  wantedLimits,
} from "../job/limits.ts";
import type { JobSpec } from "../job/spec.ts";
import type { CgroupRoots } from "./cgroup-roots.ts";
import type { VersionOneController } from "./cgroup-v1.ts";
import { everyRight, limitsOfTheProcess, type ProcessRights } from "./process-limits.ts";
import { lastResorts, nameOf, type Way, ways } from "./limit-ways.ts";

export type LimitedSpec = Pick<JobSpec, "limits" | "cpus" | "nice" | "rlimits" | "adopt">;

/** The groups of one attempt: those that were made for it. */
export interface AttemptGroups {
  v2: string | null;
  v1: ReadonlyMap<VersionOneController, string>;
}

/** How each limit of a specification would be applied. Nothing is made or written. */
export function planLimits(
  cgroupRoots: CgroupRoots,
  spec: LimitedSpec,
  rights: ProcessRights = everyRight,
): AppliedLimit[] {
  const planned = wantedLimits(spec.limits, spec.cpus).map(({ what, wanted }): AppliedLimit => {
    const [way] = waysFor(cgroupRoots, what, wanted, spec.limits);
    return way === undefined ? lastResort(cgroupRoots, what, wanted) : byWay(way, what, wanted);
  });
  return [...planned, ...limitsOfTheProcess(spec, rights)];
}

/** How each limit that there is would be applied to a job that wants it. */
export function limitAbilities(cgroupRoots: CgroupRoots): Omit<AppliedLimit, "wanted">[] {
  return limitNames.map((what) => {
    const way = ways[what].find((one) => isThere(cgroupRoots, one));
    const { how, why } = way === undefined ? lastResort(cgroupRoots, what, 0) : byWay(way, what, 0);
    return { what, how, why };
  });
}

/** Version 1 controllers that an attempt needs groups of: those of its limits, and those that only count. */
export function versionOneNeeds(
  cgroupRoots: CgroupRoots,
  spec: LimitedSpec,
): VersionOneController[] {
  // Peaks and kills for memory belong to every receipt. 0.5 ms for both, measured.
  const needs = new Set<VersionOneController>(["memory", "pids"]);
  for (const { what, wanted } of wantedLimits(spec.limits, spec.cpus)) {
    const v1 = waysFor(cgroupRoots, what, wanted, spec.limits)[0]?.v1;
    if (v1 !== undefined && v1 !== null) needs.add(v1);
  }
  return [...needs].filter((controller) => cgroupRoots.v1.has(controller));
}

/** Writes the limits into an attempt's groups, and returns the result of each. A refused limit is enforced in the next best way. */
export async function applyLimits(
  cgroupRoots: CgroupRoots,
  groups: AttemptGroups,
  spec: LimitedSpec,
  rights: ProcessRights = everyRight,
): Promise<AppliedLimit[]> {
  const applied: AppliedLimit[] = [];
  for (const { what, wanted } of wantedLimits(spec.limits, spec.cpus)) {
    let done: AppliedLimit | null = null;
    const refusals: string[] = [];
    for (const way of waysFor(cgroupRoots, what, wanted, spec.limits)) {
      const group = way.v1 === null ? groups.v2 : (groups.v1.get(way.v1) ?? null);
      if (group === null) continue;
      const refusal = await write(group, way, wanted, spec.limits);
      if (refusal === null) {
        done = byWay(way, what, wanted);
        break;
      }
      refusals.push(`${nameOf(way)}: ${refusal}`);
    }
    applied.push(done ?? lastResort(cgroupRoots, what, wanted, refusals.join("; ")));
  }
  return [...applied, ...limitsOfTheProcess(spec, rights)];
}

/** What the keeper has to watch, because no group does. */
export function keepersPart(
  applied: readonly AppliedLimit[],
  spec: Pick<JobSpec, "limits" | "cpus">,
): { memoryGuardBytes: number | null; cpus: string | null } {
  const by = (what: LimitName) => applied.find((limit) => limit.what === what)?.how;
  return {
    memoryGuardBytes: by("memory") === lastResorts.memory.how ? spec.limits.memoryMaxBytes : null,
    cpus: by("cpus") === lastResorts.cpus.how ? spec.cpus : null,
  };
}

function waysFor(
  cgroupRoots: CgroupRoots,
  what: LimitName,
  wanted: number | string,
  limits: ResourceLimits,
): Way[] {
  return ways[what].filter((way) => isThere(cgroupRoots, way) && way.text(wanted, limits) !== null);
}

function isThere({ v2, v1 }: CgroupRoots, way: Way): boolean {
  const cgroupRoot = way.v1 === null ? v2 : v1.get(way.v1);
  return cgroupRoot?.files.has(way.file) ?? false;
}

async function write(
  group: string,
  way: Way,
  wanted: number | string,
  limits: ResourceLimits,
): Promise<string | null> {
  try {
    await writeFile(join(group, way.file), way.text(wanted, limits) ?? "");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
  for (const [file, text] of way.also ?? [])
    await writeFile(join(group, file), text).catch(() => undefined);
  return null;
}

function byWay(way: Way, what: string, wanted: number | string): AppliedLimit {
  return { what, wanted, how: nameOf(way), why: way.why ?? null };
}

function lastResort(
  cgroupRoots: CgroupRoots,
  what: LimitName,
  wanted: number | string,
  refusal = "",
): AppliedLimit {
  const { how, why } = lastResorts[what];
  const cause = refusal || (cgroupRoots.v2 === null ? cgroupRoots.why : cgroupRoots.missing);
  return { what, wanted, how: how ?? notApplied, why: cause === null ? why : `${why} (${cause})` };
}
