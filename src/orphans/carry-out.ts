import type { Signals } from "../containment/signals.ts";
import type { Leftover, OrphanPlan, OrphanReceipt, ReapRequest } from "../contract/orphans.ts";
import type { Clock } from "../system/clock.ts";
import { changedSince, evidenceLost } from "./changed.ts";
import { classify } from "./classify.ts";
import type { Inspector } from "./inspect.ts";
import { removeLeftovers } from "./leftovers/remove.ts";
import { reapPlan } from "./reap.ts";
import type { RuleBook } from "./rule-book.ts";

export interface CarryOutParts {
  clock: Clock;
  signals: Pick<Signals, "send">;
  bootId: string;
  inspector: Inspector;
  rules: RuleBook;
  windowMs: number;
  allow: ReadonlySet<string>;
  findLeftovers: (allUsers: boolean) => Promise<readonly Leftover[]>;
}

type Refusal = Pick<OrphanReceipt["processes"][number], "end" | "words">;

/** Takes every identity and its evidence again, ends those that are as planned, and tells of all. */
export async function carryOut(
  parts: CarryOutParts,
  plan: OrphanPlan,
  asked: Required<ReapRequest>,
): Promise<OrphanReceipt> {
  const { clock, signals } = parts;
  const beganMs = clock.monotonicMs();
  const refusals = plan.trees.length === 0 ? new Map() : await refusalsOf(parts, plan);
  const processes = await reapPlan(
    { clock, send: (boot, ids, signal) => signals.send(boot, ids, signal) },
    plan,
    refusals,
    asked,
  );
  const ended = new Set(
    processes.flatMap(({ pid, end }) => (end === "term" || end === "kill" ? [pid] : [])),
  );
  const held = plan.trees.flatMap((tree) => tree.processes.filter(({ pid }) => ended.has(pid)));
  return {
    version: 1,
    plan: plan.plan,
    automatic: plan.automatic,
    dryRun: asked.dryRun,
    atMs: clock.nowMs(),
    tookMs: Math.round(clock.monotonicMs() - beganMs),
    processes,
    leftovers: await removeAgain(parts, plan, asked),
    freed: {
      gpuDevices: [...new Set(held.flatMap(({ gpuDevices }) => gpuDevices))],
      ports: [...new Set(held.flatMap(({ ports }) => ports))],
    },
  };
}

async function removeAgain(
  { findLeftovers, bootId }: CarryOutParts,
  { leftovers, asked: { allUsers }, bootId: plannedIn }: OrphanPlan,
  { dryRun }: Required<ReapRequest>,
): Promise<OrphanReceipt["leftovers"]> {
  if (leftovers.length === 0) return [];
  // The ids of System V count anew after a restart.
  const words = "the machine has been restarted";
  if (plannedIn !== bootId)
    return leftovers.map(({ name }) => ({ name, end: "refused" as const, words }));
  return removeLeftovers(leftovers, await findLeftovers(allUsers), dryRun);
}

/** Why a process of the plan is left alone, by pid. */
async function refusalsOf(
  { inspector, rules, bootId, windowMs, allow }: CarryOutParts,
  plan: OrphanPlan,
): Promise<Map<number, Refusal>> {
  const scene = await inspector.look(windowMs, "fresh");
  const judged = await inspector.judge(scene, rules.rules(), plan.asked.allUsers);
  const suspects = classify(scene, judged);
  const refusals = new Map<number, Refusal>();
  for (const tree of plan.trees) {
    const lost = evidenceLost(tree, suspects);
    for (const one of tree.processes) {
      const changed =
        plan.bootId === bootId
          ? changedSince(one, scene, allow)
          : { gone: true, words: "the machine has been restarted" };
      const words = changed?.words ?? lost;
      if (words !== null)
        refusals.set(one.pid, { end: changed?.gone === true ? "gone before" : "refused", words });
    }
  }
  return refusals;
}
