import type { Signals } from "../containment/signals.ts";
import type { Leftover } from "../contract/leftovers.ts";
import type { OrphanPlan, OrphanReceipt, ReapRequest } from "../contract/orphan-plan.ts";
import type { GpuProbe, GpuSnapshot } from "../gpu/snapshot.ts";
import { ownPidNamespace } from "../processes/pid-namespace.ts";
import { pause, type Clock } from "../system/clock.ts";
import { changedSince, evidenceLost, newcomersOf } from "./changed.ts";
import { classify } from "./classify.ts";
import type { Inspector } from "./inspect.ts";
import { familyRefusals, leftOfFamily } from "./kill-all/carry-out.ts";
import { askersOf, type Sparing } from "./kill-all/spared.ts";
import { removeLeftovers } from "./leftovers/remove.ts";
import { outdated } from "./plan.ts";
import { lives, reapPlan } from "./reap.ts";
import type { GpuShare, Scene } from "./scene.ts";
import type { RuleBook } from "./rule-book.ts";

export interface CarryOutParts {
  clock: Clock;
  signals: Pick<Signals, "send">;
  bootId: string;
  inspector: Inspector;
  rules: RuleBook;
  windowMs: number;
  allow: ReadonlySet<string>;
  gpu: Pick<GpuProbe, "snapshot"> | null;
  findLeftovers: (allUsers: boolean) => Promise<readonly Leftover[]>;
}

// The driver frees memory asynchronously.
const releaseTimeoutMs = 5000;
const releasePollMs = 200;

export type Reaping = Required<Pick<ReapRequest, "dryRun" | "graceMs">>;
type SparingIn = (scene: Scene) => Sparing;
type End = OrphanReceipt["processes"][number];
type Refusal = Pick<End, "end" | "message">;

/**
 * Reads each identity and its evidence again, ends the processes that are as planned, and reports
 * on all.
 */
export async function carryOut(
  parts: CarryOutParts,
  plan: OrphanPlan,
  asked: Reaping,
  askerPid: number | null = null,
): Promise<OrphanReceipt> {
  const { clock, signals, allow } = parts;
  const { jobs = false } = plan.asked;
  const sparing: SparingIn = (scene) => {
    const askers = askerPid === null ? null : askersOf(askerPid, scene);
    return { askers, jobs, allow };
  };
  const beganMs = clock.monotonicMs();
  const before = plan.trees.length === 0 ? null : ((await parts.gpu?.snapshot()) ?? null);
  const { refusals, newcomers } =
    plan.trees.length === 0
      ? { refusals: new Map<number, Refusal>(), newcomers: [] }
      : await inspectAgain(parts, plan, sparing);
  const processes = await reapPlan(
    { clock, send: (boot, ids, signal) => signals.send(boot, ids, signal) },
    plan,
    refusals,
    asked,
  );
  // Some end with their parent, for example a worker whose pipe closes.
  processes.push(...newcomers.filter(lives));
  const rest = await restOfFamily(parts, plan, sparing);
  processes.push(...(rest?.newcomers ?? []));
  const heldGpus = plan.trees.flatMap((tree) => tree.processes.flatMap((one) => one.gpuMemory));
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
    ...(rest === null ? {} : { left: rest.left }),
    leftovers: await removeAgain(parts, plan, asked),
    freed: {
      gpuDevices: [...new Set(held.flatMap(({ gpuDevices }) => gpuDevices))],
      gpuMemory: await gpuMemoryAfter(parts, heldGpus, ended, before),
      ports: [...new Set(held.flatMap(({ ports }) => ports))],
    },
  };
}

/**
 * Reports the GPUs that processes of the plan held. The driver may free memory shortly after its
 * holder has ended.
 */
async function gpuMemoryAfter(
  { gpu, clock }: CarryOutParts,
  held: readonly GpuShare[],
  ended: ReadonlySet<number>,
  before: GpuSnapshot | null,
): Promise<OrphanReceipt["freed"]["gpuMemory"]> {
  const uuids = new Set(held.map(({ uuid }) => uuid));
  if (gpu === null || uuids.size === 0) return [];
  const giveUpAt = clock.monotonicMs() + releaseTimeoutMs;
  let after = await gpu.snapshot();
  while (isListed(ended, after) && clock.monotonicMs() < giveUpAt) {
    await pause(clock, releasePollMs);
    after = await gpu.snapshot();
  }
  const used = (snapshot: GpuSnapshot | null, uuid: string) =>
    snapshot?.devices.find((one) => one.uuid === uuid)?.memory.usedBytes ?? null;
  return after.devices
    .filter(({ uuid }) => uuids.has(uuid))
    .map(({ index, uuid }) => ({
      index,
      uuid,
      usedBeforeBytes: used(before, uuid),
      usedAfterBytes: used(after, uuid),
    }));
}

function isListed(pids: ReadonlySet<number>, { devices }: GpuSnapshot): boolean {
  return devices.some(({ holders }) => holders.some(({ pid }) => pids.has(pid)));
}

function namespace(): number | null {
  return ownPidNamespace()?.inode ?? null;
}

async function removeAgain(
  { findLeftovers, bootId }: CarryOutParts,
  plan: OrphanPlan,
  { dryRun }: Reaping,
): Promise<OrphanReceipt["leftovers"]> {
  const { leftovers } = plan;
  if (leftovers.length === 0) return [];
  // The ids of System V segments start again after a reboot.
  const message = outdated(plan, bootId, namespace())?.message;
  if (message !== undefined)
    return leftovers.map(({ name }) => ({ name, end: "refused" as const, message }));
  return removeLeftovers(leftovers, await findLeftovers(plan.asked.allUsers), dryRun);
}

/**
 * Returns, by pid, why a process of the plan is left running, and the processes below a planned
 * process that are not in the plan. The user has not agreed to end the latter, so they are left
 * running and reported.
 */
async function inspectAgain(
  { inspector, rules, bootId, windowMs, allow }: CarryOutParts,
  plan: OrphanPlan,
  sparing: SparingIn,
): Promise<{ refusals: Map<number, Refusal>; newcomers: End[] }> {
  const scene = await inspector.sceneOver(windowMs, "fresh");
  if (plan.asked.killAll === true) {
    const here = { bootId, namespace: namespace() };
    return { refusals: familyRefusals(plan, scene, sparing(scene), here), newcomers: [] };
  }
  const judged = await inspector.judge(scene, rules.rules(), plan.asked);
  const { suspects } = classify(scene, judged);
  const refusals = new Map<number, Refusal>();
  for (const tree of plan.trees) {
    const lost =
      plan.automatic && scene.adopted === null
        ? "it is not known now whether a job has adopted it"
        : evidenceLost(tree, suspects, plan.automatic);
    for (const one of tree.processes) {
      const changed = outdated(plan, bootId, namespace()) ?? changedSince(one, scene, allow);
      const message = changed?.message ?? lost;
      if (message !== null)
        refusals.set(one.pid, { end: changed?.gone === true ? "gone before" : "refused", message });
    }
  }
  const newcomers = plan.trees.flatMap((tree) =>
    refusals.has(tree.root) ? [] : newcomersOf(tree, suspects),
  );
  return { refusals, newcomers };
}

/** Null: the plan is not for a whole family. */
async function restOfFamily(
  { inspector, rules }: CarryOutParts,
  { asked, trees }: OrphanPlan,
  sparing: SparingIn,
): Promise<ReturnType<typeof leftOfFamily> | null> {
  const { killAll, family } = asked;
  if (killAll !== true || family === undefined) return null;
  const scene = await inspector.sceneOver(0, "fresh");
  const planned = trees.flatMap(({ processes }) => processes);
  const judged = { rules: rules.rules(), uid: inspector.uid };
  return leftOfFamily(planned, scene, judged, family, sparing(scene));
}
