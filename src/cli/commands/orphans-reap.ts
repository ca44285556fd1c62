import type { Run } from "../context.ts";
import { orphanReceiptPage } from "../format/orphans-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { planNumber } from "../grammar/suspects.ts";
import { durationValue } from "../grammar/values.ts";
import { exitCodeOf, isAgreed, requireKeyboard } from "../reaping.ts";

export const definition: VerbDefinition = {
  name: "orphans reap",
  usage: ["[OPTIONS] PLAN"],
  operands: [{ name: "PLAN", min: 1, max: 1, completes: [] }],
  options: [
    { long: "--dry-run", summary: "Check everything again and send no signal" },
    {
      long: "--grace",
      value: "DURATION",
      summary: "Time from SIGTERM to SIGKILL, at most 15s. Default: 10s",
    },
    { long: "--yes", summary: "Do not ask" },
  ],
  description: [
    "Carries a plan out. Each process and its evidence are checked again, and a process that has changed since the plan is left alone: another process with its pid, another program, another parent or cgroup, a GPU that it did not use before, a running job. The others get SIGTERM, then SIGKILL after the grace period, and are confirmed gone. The receipt is kept beside the plan; a plan is carried out once.",
    "On a terminal it asks for the name of each class; elsewhere it needs --yes. Exits with 1 unless every process of the plan has ended.",
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
  const ask = !dryRun && !args.has("--yes");
  if (ask) requireKeyboard(context, `holdfast orphans reap ${number} --yes`);
  const plan = ask ? await server.orphanPlan(number) : null;
  if (plan !== null && !(await isAgreed(context, plan))) {
    await screen.say("Nothing was done");
    return 1;
  }
  const family = plan?.asked.killAll === true ? plan.asked.family : undefined;
  const receipt = await server.reapOrphans(number, {
    dryRun,
    ...(family === undefined ? {} : { family }),
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  if (json) await screen.document(receipt);
  else await screen.page(orphanReceiptPage(receipt));
  return exitCodeOf(receipt);
};
