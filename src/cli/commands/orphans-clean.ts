import type { Run } from "../context.ts";
import { orphanReceiptPage, planPage } from "../format/orphans-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { suspectOptions, suspectsAsked } from "../grammar/suspects.ts";
import { durationValue } from "../grammar/values.ts";
import { exitCodeOf, isAgreed, requireKeyboard } from "../reaping.ts";

export const definition: VerbDefinition = {
  name: "orphans clean",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [
    ...suspectOptions,
    { long: "--dry-run", summary: "Check everything and send no signal" },
    {
      long: "--grace",
      value: "DURATION",
      summary: "Time from SIGTERM to SIGKILL, at most 15s. Default: 10s",
    },
    { long: "--yes", summary: "Do not ask" },
  ],
  description: [
    "Scans, plans and reaps in one command: what holdfast orphans plan would take with the same options is ended as holdfast orphans reap does it. The plan and its receipt are kept.",
    "A family has the workers of a library with their resource trackers: loky, multiprocessing, torch, ray; holdfast orphans rules lists the families. Without --rule, --family or --class only what is proposed is ended.",
    "On a terminal it shows the plan and the name of each class has to be typed; elsewhere --yes is needed. Exits with 0 if there is nothing to end, or every process of the plan has ended, else with 1.",
  ],
  examples: [
    { type: "holdfast orphans clean --family loky --dry-run", does: "what would be ended now" },
    {
      type: "holdfast orphans clean --family loky --now --yes",
      does: "directly after a pool was killed",
    },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, server, json } = context;
  const dryRun = args.has("--dry-run");
  const graceMs = durationValue(args, "--grace");
  const ask = !dryRun && !args.has("--yes");
  if (ask) requireKeyboard(context, "holdfast orphans clean --dry-run, and then with --yes");
  const plan = await server.planOrphans({ ...suspectsAsked(args), leftovers: false });
  if (plan.trees.length === 0) {
    if (json) await screen.document(plan);
    else await screen.lines(planPage(plan, screen.width, screen.style));
    return 0;
  }
  if (ask && !(await isAgreed(context, plan))) {
    await screen.say("Nothing was done");
    return 1;
  }
  const receipt = await server.reapOrphans(plan.plan, {
    dryRun,
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  if (json) await screen.document(receipt);
  else await screen.lines(orphanReceiptPage(receipt, screen.width));
  return exitCodeOf(receipt);
};
