import type { OrphanPlan, OrphanScan } from "../../../src/client/client.ts";
import type { LivingTree } from "./zoo.ts";

type Suspect = OrphanScan["suspects"][number];

/** The result for one tree in a scan and in all plans. */
export interface Judged {
  species: string;
  truth: LivingTree["truth"];
  /** At least one of its processes is suspected. */
  suspected: boolean;
  /** For an orphan: the whole tree is suspected, by the expected rule. */
  found: boolean;
  planned: boolean;
  /** For an orphan: another process of its tree is suspected. */
  wronged: boolean;
}

export function judge(
  trees: readonly LivingTree[],
  suspects: readonly Suspect[],
  plans: readonly OrphanPlan[],
): Judged[] {
  const suspectOf = new Map(
    suspects.flatMap((suspect) => suspect.processes.map(({ pid }) => [pid, suspect] as const)),
  );
  const planned = new Set(
    plans.flatMap((plan) => plan.trees.flatMap(({ processes }) => processes.map(({ pid }) => pid))),
  );
  return trees.map(({ species, truth, rule, pids, bystanders }) => ({
    species,
    truth,
    suspected: pids.some((pid) => suspectOf.has(pid)),
    wronged: bystanders.some((pid) => suspectOf.has(pid) || planned.has(pid)),
    found:
      pids.length > 0 && pids.every((pid) => (suspectOf.get(pid) ?? { rule: "" }).rule === rule),
    planned: pids.some((pid) => planned.has(pid)),
  }));
}

export interface Tally {
  species: string;
  truth: LivingTree["truth"];
  trees: number;
  suspected: number;
  found: number;
  planned: number;
}

/** By species; orphans of one family are one species. */
export function tally(judged: readonly Judged[]): Tally[] {
  const groups = Map.groupBy(judged, ({ truth, species }) => `${truth} ${species}`);
  return [...groups.values()]
    .map((list) => ({
      species: list[0]?.species ?? "",
      truth: list[0]?.truth ?? "innocent",
      trees: list.length,
      suspected: list.filter(({ suspected }) => suspected).length,
      found: list.filter(({ found }) => found).length,
      planned: list.filter(({ planned }) => planned).length,
    }))
    .toSorted((a, b) =>
      a.truth === b.truth ? a.species.localeCompare(b.species) : a.truth === "orphan" ? -1 : 1,
    );
}
