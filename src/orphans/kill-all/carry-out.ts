import type { OrphanPlan, OrphanReceipt } from "../../contract/orphan-plan.ts";
import type { ProcessIdentity } from "../../contract/keeper.ts";
import { outdated } from "../plan.ts";
import { describeCommand, identityKey, isFinished, type Observed, type Scene } from "../scene.ts";
import { membersOf } from "./family.ts";
import { sparedBecause, type Sparing } from "./spared.ts";
import type { Judged } from "../classify.ts";

type End = OrphanReceipt["processes"][number];
type Refusal = Pick<End, "end" | "message">;

/**
 * Why processes of a plan for a whole family are left running now, by pid. A change of parent is
 * not a reason.
 */
export function familyRefusals(
  plan: OrphanPlan,
  scene: Scene,
  sparing: Sparing,
  { bootId, namespace }: { bootId: string; namespace: number | null },
): Map<number, Refusal> {
  const refusals = new Map<number, Refusal>();
  for (const planned of plan.trees.flatMap(({ processes }) => processes)) {
    const found = scene.processes.get(planned.pid);
    const old = outdated(plan, bootId, namespace);
    const note = (end: End["end"], message: string) => refusals.set(planned.pid, { end, message });
    if (old !== null) note(old.gone ? "gone before" : "refused", old.message);
    else if (found === undefined || found.start !== planned.start || isFinished(found))
      note("gone before", "it had ended");
    else {
      const why = changed(planned, found) ?? sparedBecause(found, scene, sparing);
      if (why !== null) note("refused", why);
    }
  }
  return refusals;
}

function changed(planned: { uid: number; command: string }, found: Observed): string | null {
  if (found.uid !== planned.uid) return `it now runs as user ${found.uid}`;
  const command = describeCommand(found);
  return command === planned.command ? null : `it has become another program: ${command}`;
}

/**
 * Members of the family that are still alive: newcomers, which a living parent may have started,
 * and spared processes.
 */
export function leftOfFamily(
  planned: readonly Pick<ProcessIdentity, "pid" | "start">[],
  scene: Scene,
  judged: Pick<Judged, "rules" | "uid">,
  family: string,
  sparing: Sparing,
): { newcomers: End[]; left: NonNullable<OrphanReceipt["left"]> } {
  const known = new Set(planned.map(identityKey));
  const newcomers: End[] = [];
  const left: NonNullable<OrphanReceipt["left"]> = [];
  for (const process of membersOf(scene, judged, family, new Map()).keys()) {
    if (known.has(identityKey(process))) continue;
    const { pid, start } = process;
    const command = describeCommand(process);
    const why = sparedBecause(process, scene, sparing);
    if (why !== null) left.push({ root: pid, command, why });
    else
      newcomers.push({ pid, start, command, end: "refused", message: newMessage(process, scene) });
  }
  return { newcomers, left };
}

function newMessage({ ppid }: Observed, { processes }: Scene): string {
  const parent = processes.get(ppid);
  const by =
    parent === undefined || ppid === 1
      ? ""
      : `; its parent ${describeCommand(parent)} (${ppid}) is alive and does not belong to the family`;
  return `it was started after the plan${by}`;
}
