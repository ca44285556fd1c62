import type { OrphanPlan, PlannedTree, PlanRequest } from "../contract/orphan-plan.ts";
import type { Suspect } from "../contract/orphans.ts";
import { formatDuration } from "../contract/units.ts";
import type { Limits } from "./limits.ts";

/**
 * Why a suspect is not in the plan; null: it is. A suspect requested by rule, class or pid does not
 * have to be proposed.
 */
export function whyLeft(suspect: Suspect, asked: PlanRequest, limits: Limits): string | null {
  const { rule, confidence, action } = suspect;
  if (asked.pids !== undefined && !asked.pids.includes(suspect.root)) return "it was not requested";
  if (asked.rule !== undefined && asked.rule !== rule) return `its rule is ${rule ?? "none"}`;
  if (asked.class !== undefined && asked.class !== suspect.class)
    return `its class is ${suspect.class}`;
  if (confidence === "young")
    return `it is ${formatDuration(suspect.processes[0]?.ageMs ?? 0)} old; the minimum is ${formatDuration(limits.minAgeMs)}. Plan again later, or with --now`;
  if (confidence === "waiting")
    return `its parent has been known to be gone for ${formatDuration(suspect.goneMs ?? 0)}; the minimum is ${formatDuration(limits.parentGoneMs)}. Plan again later, or with --now`;
  const named = asked.pids ?? asked.rule ?? asked.family ?? asked.class;
  if (named !== undefined) return null;
  if (action === "report") return "it is only reported unless its rule, class or pid is requested";
  return confidence === "weak" ? "its evidence is too weak to propose it" : null;
}

/** Why the pids of a plan no longer name the planned processes; null: they still do. */
export function outdated(
  plan: Pick<OrphanPlan, "bootId" | "pidNamespace">,
  bootId: string,
  namespace: number | null,
): { gone: boolean; message: string } | null {
  if (plan.bootId !== bootId)
    return { gone: true, message: "the machine has been restarted since" };
  const { pidNamespace: there = null } = plan;
  if (there === null || namespace === null || there === namespace) return null;
  return { gone: false, message: `it was planned in another PID namespace (${there})` };
}

/** The resources that are freed when all of it has ended. */
export function freedBy(trees: readonly PlannedTree[]): OrphanPlan["frees"] {
  const all = trees.flatMap(({ processes }) => processes);
  return {
    processes: all.length,
    residentBytes: all.reduce((sum, { residentBytes }) => sum + (residentBytes ?? 0), 0),
    gpuDevices: [...new Set(all.flatMap(({ gpuDevices }) => gpuDevices))].toSorted(),
    ports: [...new Set(all.flatMap(({ ports }) => ports))].toSorted((a, b) => a - b),
  };
}
