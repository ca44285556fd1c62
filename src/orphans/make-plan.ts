import type { Signals } from "../containment/signals.ts";
import type { LeftoverList } from "../contract/leftovers.ts";
import type { OrphanPlan, PlanRequest } from "../contract/orphan-plan.ts";
import type { Suspect } from "../contract/orphans.ts";
import type { Inspection } from "./inspect.ts";
import { familyTrees, type FamilyTree } from "./kill-all/family.ts";
import type { Sparing } from "./kill-all/spared.ts";
import type { PlanFiles } from "./plan-files.ts";
import { freedBy, whyLeft } from "./plan.ts";
import { isOfFamily } from "./rule.ts";
import { describeCommand } from "./scene.ts";
import { whyOf } from "./why.ts";

export interface PlanParts {
  signals: Pick<Signals, "identify">;
  bootId: string;
  files: PlanFiles;
}

/**
 * Records which processes of an inspection would be ended, with full identities. `automatic`: for a
 * watch.
 */
export async function makePlan(
  { signals, bootId, files }: PlanParts,
  { scene, judged, suspects, young }: Inspection,
  asked: PlanRequest,
  automatic: boolean,
): Promise<OrphanPlan> {
  const limitsOf = ({ rule }: Suspect) =>
    judged.limitsOf(judged.rules.find(({ name }) => name === rule) ?? null);
  const sorted = [...suspects, ...young].map((suspect) => ({
    suspect,
    why: isOfFamily(suspect.rule, asked.family, judged.rules)
      ? whyLeft(suspect, asked, limitsOf(suspect))
      : `it does not belong to the family ${asked.family}`,
  }));
  const taken = sorted.flatMap(({ suspect, why }) => (why === null ? [suspect] : []));
  const trees = await withIdentities(taken, signals);
  return files.add({
    version: 1,
    bootId,
    atMs: scene.atMs,
    asked,
    automatic,
    signals: ["TERM", "CONT", "KILL"],
    trees,
    leftovers: [],
    left: [
      ...sorted.flatMap(({ suspect, why }) => {
        const command = suspect.processes[0]?.command ?? "";
        return why === null ? [] : [{ root: suspect.root, command, why }];
      }),
      ...notSuspected(asked.pids ?? [], { scene, judged, suspects, young }),
    ],
    frees: freedBy(trees),
  });
}

/** Plans all processes of a family, suspected or not, as a user may request. */
export async function planFamily(
  { signals, bootId, files }: PlanParts,
  inspection: Inspection,
  asked: PlanRequest & { family: string },
  sparing: Sparing,
): Promise<OrphanPlan> {
  const { trees: found, left } = familyTrees(inspection, asked.family, sparing);
  const trees = await withIdentities(found, signals);
  return files.add({
    version: 1,
    bootId,
    atMs: inspection.scene.atMs,
    asked,
    automatic: false,
    signals: ["TERM", "CONT", "KILL"],
    trees,
    leftovers: [],
    left,
    frees: freedBy(trees),
  });
}

/** Processes that were named but are not suspected, with the reason. */
function notSuspected(
  pids: readonly number[],
  { scene, judged, suspects, young }: Inspection,
): OrphanPlan["left"] {
  return pids.flatMap((pid) => {
    if ([...suspects, ...young].some(({ root }) => root === pid)) return [];
    const found = scene.processes.get(pid);
    if (found === undefined) return [{ root: pid, command: "?", why: "there is no such process" }];
    const above = suspects.find(({ processes }) => processes.some((one) => one.pid === pid));
    const why =
      above === undefined
        ? `it is not suspected: ${whyOf(found, scene, judged).why}; holdfast holders pid:${pid} shows how to end it`
        : `it is below ${above.root} and part of its tree`;
    return [{ root: pid, command: describeCommand(found), why }];
  });
}

/** Plans the removal of proven leftovers: shared memory, sockets and folders. */
export function planLeftovers(
  { bootId, files }: Omit<PlanParts, "signals">,
  { atMs, leftovers }: LeftoverList,
  asked: PlanRequest,
): Promise<OrphanPlan> {
  const taken = leftovers.filter(({ confidence }) => confidence === "proven");
  return files.add({
    version: 1,
    bootId,
    atMs,
    asked,
    automatic: false,
    signals: [],
    trees: [],
    leftovers: taken,
    left: [],
    frees: {
      processes: 0,
      residentBytes: taken.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
      gpuDevices: [],
      ports: [],
    },
  });
}

/** Leaves out processes that have ended since the inspection, and those that cannot be identified. */
async function withIdentities(
  suspects: readonly FamilyTree[],
  signals: Pick<Signals, "identify">,
): Promise<OrphanPlan["trees"]> {
  const pids = suspects.flatMap(({ processes }) => processes.map(({ pid }) => pid));
  const identities = new Map(
    (await signals.identify(pids)).flatMap((one) =>
      one === null || one === "unknown" ? [] : [[one.pid, one]],
    ),
  );
  return suspects.flatMap((suspect) => {
    const processes = suspect.processes.flatMap((one) => {
      const identity = identities.get(one.pid);
      return identity?.start === one.start ? [{ ...one, inode: identity.inode }] : [];
    });
    return processes.length === 0 ? [] : [{ ...suspect, processes }];
  });
}
