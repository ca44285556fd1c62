import type { OrphanPlan, OrphanReceipt } from "../client/client.ts";
import type { Context } from "./context.ts";
import { planPage } from "./format/orphans-page.ts";
import { usageError } from "./grammar/usage-error.ts";

/** Throws RefusalError `usage` if no person can answer a question. */
export function requireKeyboard({ screen, keyboard }: Context, instead: string): void {
  if (!keyboard.present || !screen.live)
    throw usageError("Ending processes needs an answer, and there is no terminal", instead);
}

/** Shows the plan and asks for the name of each of its classes, or of its family with --kill-all. */
export async function isAgreed(context: Context, plan: OrphanPlan): Promise<boolean> {
  const { screen, keyboard } = context;
  await screen.sayPage(planPage(plan));
  if (plan.asked.killAll === true) return await isFamilyTyped(context, plan);
  const kinds = new Set<string>(plan.trees.map((tree) => tree.class));
  if (plan.leftovers.length > 0) kinds.add("leftovers");
  for (const kind of kinds) {
    await screen.status(`type ${kind} to end these: `);
    const typed = await keyboard.line();
    await screen.status(null);
    if (typed !== kind) return false;
  }
  return true;
}

async function isFamilyTyped({ screen, keyboard }: Context, plan: OrphanPlan): Promise<boolean> {
  const count = plan.frees.processes;
  const what = `${count} ${count === 1 ? "process" : "processes"}`;
  await screen.status(`Type the family's name to end ${what}: `);
  const typed = await keyboard.line();
  await screen.status(null);
  return typed === plan.asked.family;
}

/** 0: everything of the plan has ended, or would be ended. */
export function exitCodeOf({ processes, leftovers, dryRun }: OrphanReceipt): number {
  const tried = dryRun ? ["would signal", "would remove"] : [];
  const good = new Set(["term", "kill", "removed", "gone before", ...tried]);
  return [...processes, ...leftovers].every(({ end }) => good.has(end)) ? 0 : 1;
}
