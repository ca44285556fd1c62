import type { OrphanPlan, PlannedTree } from "../../contract/orphan-plan.ts";
import type { Suspect } from "../../contract/orphans.ts";
import type { Classified, Judged } from "../classify.ts";
import { describeMatch } from "../evidence.ts";
import { matchOf } from "../match.ts";
import { familyOf, isOfFamily, type Rule } from "../rule.ts";
import {
  ancestorsOf,
  describeCommand,
  isFinished,
  treeBelow,
  type Observed,
  type Scene,
} from "../scene.ts";
import { suspectProcess } from "../suspect-process.ts";
import { whyOf } from "../why.ts";
import { jobOf, sparedBecause, type Sparing } from "./spared.ts";

export type FamilyTree = Omit<Suspect, "class"> & Pick<PlannedTree, "class">;

/**
 * All processes of a family, suspected or not, with all below them, and the spared ones. A lineage
 * rule covers only suspects: while their parent is alive, forked workers sample like their parent.
 */
export function familyTrees(
  { scene, judged, suspects, young }: Classified & { scene: Scene; judged: Judged },
  family: string,
  sparing: Sparing,
): { trees: FamilyTree[]; left: OrphanPlan["left"] } {
  const findings = new Map([...suspects, ...young].map((one) => [one.root, one]));
  const members = membersOf(scene, judged, family, findings);
  const spared = (one: Observed) => sparedBecause(one, scene, sparing);
  const taken = new Map(
    [...members].filter(([{ pid }]) => {
      const process = scene.processes.get(pid);
      return process !== undefined && spared(process) === null;
    }),
  );
  const pids = new Set([...taken.keys()].map(({ pid }) => pid));
  const roots = [...taken].filter(
    ([process]) => !ancestorsOf(process, scene.processes).some(({ pid }) => pids.has(pid)),
  );
  const trees = roots.map(([process, rule]) => {
    const tree = treeBelow(process, scene.processes, (child) => spared(child) === null);
    const finding = findings.get(process.pid) ?? notSuspected(process, rule, scene, judged);
    const job = jobOf(process, ancestorsOf(process, scene.processes), scene);
    const owner = job === null ? [] : [`it belongs to ${job}`];
    return Object.assign({}, finding, {
      evidence: owner.concat(finding.evidence),
      root: process.pid,
      processes: tree.map((one) => suspectProcess(one, scene)),
    });
  });
  const left = [...members.keys()].flatMap((process) => {
    const why = spared(process);
    return why === null ? [] : [{ root: process.pid, command: describeCommand(process), why }];
  });
  return { trees, left };
}

/** Every living process of a family, with the rule that matches it. */
export function membersOf(
  scene: Scene,
  { rules, uid }: Pick<Judged, "rules" | "uid">,
  family: string,
  findings: ReadonlyMap<number, Pick<Suspect, "rule">>,
): Map<Observed, Rule> {
  const members = new Map<Observed, Rule>();
  for (const process of scene.processes.values()) {
    if (isFinished(process) || (uid !== null && process.uid !== uid)) continue;
    const found = findings.get(process.pid)?.rule ?? null;
    const rule = isOfFamily(found, family, rules)
      ? rules.find(({ name }) => name === found)
      : matchOf(process, rules)?.rule;
    if (rule !== undefined && familyOf(rule) === family) members.set(process, rule);
  }
  return members;
}

function notSuspected(
  process: Observed,
  rule: Rule,
  scene: Scene,
  judged: Judged,
): Omit<FamilyTree, "root" | "processes"> {
  return {
    class: "not-suspected",
    rule: rule.name,
    jobId: null,
    confidence: "weak",
    action: "report",
    goneMs: null,
    evidence: [`not suspected: ${whyOf(process, scene, judged).why}`, describeMatch(rule)],
  };
}
