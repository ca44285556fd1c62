import type { OrphanReceipt, PlannedProcess, PlannedTree } from "../contract/orphan-plan.ts";
import type { Suspect } from "../contract/orphans.ts";
import { innocence } from "./innocent.ts";
import { isComplete } from "./watch-round.ts";
import { describeCommand, identityKey, isFinished, type Scene } from "./scene.ts";

export type Changed = { gone: true; message: string } | { gone: false; message: string };

/**
 * How a process differs from the plan, or null. Pids are reused and evidence may change, so both
 * are checked again.
 */
export function changedSince(
  planned: PlannedProcess,
  scene: Scene,
  allow: ReadonlySet<string>,
): Changed | null {
  const found = scene.processes.get(planned.pid);
  if (found === undefined || (found.start === planned.start && isFinished(found)))
    return { gone: true, message: "it had ended" };
  if (found.start !== planned.start)
    return { gone: true, message: `it had ended; pid ${planned.pid} is another process now` };
  const refused = (message: string): Changed => ({ gone: false, message });
  if (found.uid !== planned.uid) return refused(`it now runs as user ${found.uid}`);
  if (found.ppid !== planned.ppid) return refused(`its parent is now process ${found.ppid}`);
  const command = describeCommand(found);
  if (command !== planned.command) return refused(`it has become another program: ${command}`);
  const cgroup = scene.cgroupOf(planned.pid);
  if (cgroup !== planned.cgroup) return refused(`it has moved to cgroup ${cgroup ?? "unknown"}`);
  const { gpuDevices, gpuMemory } = scene.holdingsOf(planned.pid);
  const more = [
    ...gpuDevices.filter((device) => !planned.gpuDevices.includes(device)),
    ...gpuMemory.flatMap(({ index, uuid }) =>
      planned.gpuMemory.some((one) => one.uuid === uuid) ? [] : [`GPU ${index}`],
    ),
  ];
  if (more.length > 0) return refused(`it has begun to use ${more.join(", ")}`);
  const clear = innocence(found, scene, allow);
  return clear === null ? null : refused(clear);
}

/**
 * Why the tree is not suspected as it was planned; null: it is. A person has seen the evidence of
 * the plan; the plan of a watch (`automatic`) needs complete evidence until the end.
 */
export function evidenceLost(
  planned: PlannedTree,
  now: readonly Suspect[],
  automatic: boolean,
): string | null {
  const found = now.find(({ root }) => root === planned.root);
  if (found === undefined) return "it is no longer suspected";
  if (found.class !== planned.class) return `its class is now ${found.class}`;
  if (found.rule !== planned.rule) return `its rule is now ${found.rule ?? "none"}`;
  if (found.jobId !== planned.jobId) return `its job is now ${found.jobId ?? "none"}`;
  return automatic && !isComplete(found) ? `its evidence is now ${found.confidence}` : null;
}

/** The processes that appeared below a tree after it was planned. */
export function newcomersOf(
  planned: PlannedTree,
  now: readonly Suspect[],
): OrphanReceipt["processes"] {
  const known = new Set(planned.processes.map(identityKey));
  const found = now.find(({ root }) => root === planned.root)?.processes ?? [];
  return found
    .filter((one) => !known.has(identityKey(one)))
    .map(({ pid, start, command }) => ({
      pid,
      start,
      command,
      end: "refused",
      message: `it was started below ${planned.root} after the plan; holdfast holders pid:${pid} shows how to end it`,
    }));
}
