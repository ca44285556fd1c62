import type { Context, Run } from "../context.ts";
import { orphanReceiptPage, planPage } from "../format/orphans-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { planNumber } from "../grammar/suspects.ts";
import { usageError } from "../grammar/usage-error.ts";
import { durationValue } from "../grammar/values.ts";

export const definition: VerbDefinition = {
  name: "orphans reap",
  usage: ["[OPTIONS] PLAN"],
  operands: [{ name: "PLAN", min: 1, max: 1, completes: [] }],
  options: [
    { long: "--dry-run", summary: "Check everything again and send no signal" },
    { long: "--grace", value: "DURATION", summary: "From TERM to KILL, at most 15s; usually 10s" },
    { long: "--yes", summary: "Do not ask" },
  ],
  description: [
    "Carries a plan out. Each process and its evidence are looked at again, and whoever is not as it was planned is left alone: another process with its pid, another program, another parent or cgroup, a GPU that it did not use before, a running job. Then TERM, the grace period, KILL, and the proof that it is gone. The receipt is kept beside the plan; a plan is carried out once.",
    "On a terminal the name of each class has to be typed; elsewhere --yes is needed. Ends with 1 unless every process of the plan has ended.",
  ],
  examples: [
    { type: "holdfast orphans reap 7 --dry-run", does: "what would happen now" },
    { type: "holdfast orphans reap 7 --yes", does: "carry it out" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, server, json } = context;
  const number = planNumber(args.operands[0] ?? "");
  const dryRun = args.has("--dry-run");
  const graceMs = durationValue(args, "--grace");
  if (!dryRun && !args.has("--yes") && !(await agreed(context, number))) {
    await screen.say("Nothing was done");
    return 1;
  }
  const receipt = await server.reapOrphans(number, {
    dryRun,
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  if (json) await screen.document(receipt);
  else await screen.lines(orphanReceiptPage(receipt, screen.width));
  const tried = dryRun ? ["would signal", "would remove"] : [];
  const good = new Set(["term", "kill", "removed", "gone before", ...tried]);
  const all = [...receipt.processes, ...receipt.leftovers];
  return all.every(({ end }) => good.has(end)) ? 0 : 1;
};

/** Shows the plan and has the name of each of its classes typed. */
async function agreed(context: Context, number: number): Promise<boolean> {
  const { screen, server, keyboard } = context;
  if (!keyboard.present || !screen.live)
    throw usageError(
      "orphans reap asks, and nobody can answer here",
      `holdfast orphans reap ${number} --yes`,
    );
  const plan = await server.orphanPlan(number);
  for (const line of planPage(plan, screen.wordWidth, screen.wordStyle)) await screen.say(line);
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
