import type { Run } from "../context.ts";
import { orphanReceiptPage, planPage } from "../format/orphans-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { suspectOptions, suspectsAsked } from "../grammar/suspects.ts";
import type { Arguments } from "../grammar/parse.ts";
import { usageError } from "../grammar/usage-error.ts";
import { durationValue } from "../grammar/values.ts";
import { exitCodeOf, isAgreed, requireKeyboard } from "../reaping.ts";
import { requireSameNamespace } from "../server-control.ts";

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
    {
      long: "--kill-all",
      summary:
        "End every process of --family of this user, suspected or not, with everything below it",
    },
    { long: "--jobs", summary: "With --kill-all: processes of Holdfast's jobs as well" },
    {
      long: "--yes-family",
      value: "NAME",
      summary: "With --kill-all: do not ask; the name is that of --family",
    },
  ],
  description: [
    "Scans, plans and reaps in one command: it ends what holdfast orphans plan would take with the same options, in the way of holdfast orphans reap. The plan and its receipt are kept.",
    "A family consists of the workers of a library with their resource trackers: loky, multiprocessing, torch, ray; holdfast orphans rules lists the families. Without --rule, --family or --class only what is proposed is ended.",
    "--kill-all lists every process whose command line shows that it belongs to the family, the suspected ones with their evidence and the others with the reason why they are not suspected, and ends them after the family's name was typed. It never ends processes of other users, the command itself, the processes above it, the leader of its session, Holdfast's own processes, what orphans.allow names and, without --jobs, processes of Holdfast's jobs. Forked workers have the command line of their parent: while it lives they belong to no family; end the parent.",
    "On a terminal it shows the plan and asks for the name of each class; elsewhere it needs --yes. Exits with 0 if there is nothing to end, or every process of the plan has ended, else with 1. With --kill-all a process of the family that was started after the plan counts as well.",
  ],
  examples: [
    { type: "holdfast orphans clean --family loky --dry-run", does: "what would be ended now" },
    {
      type: "holdfast orphans clean --family loky --now --yes",
      does: "directly after a pool was killed",
    },
    {
      type: "holdfast orphans clean --kill-all --family loky --dry-run",
      does: "what --kill-all would end",
    },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, server, json } = context;
  const dryRun = args.has("--dry-run");
  const graceMs = durationValue(args, "--grace");
  const family = wholeFamily(args);
  const ask = !dryRun && !args.has("--yes") && !args.has("--yes-family");
  if (ask) requireKeyboard(context, instead(family));
  if (family !== null) await requireSameNamespace(context);
  const whole = family === null ? {} : { killAll: true, jobs: args.has("--jobs") };
  const plan = await server.planOrphans({ ...suspectsAsked(args), ...whole, leftovers: false });
  if (plan.trees.length === 0) {
    if (json) await screen.document(plan);
    else await screen.page(planPage(plan));
    return 0;
  }
  if (ask && !(await isAgreed(context, plan))) {
    await screen.say("Nothing was done");
    return 1;
  }
  if (!ask && family !== null && !json) await screen.page(planPage(plan));
  const receipt = await server.reapOrphans(plan.plan, {
    dryRun,
    ...(family === null ? {} : { family }),
    ...(graceMs === undefined ? {} : { graceMs }),
  });
  if (json) await screen.document(receipt);
  else await screen.page(orphanReceiptPage(receipt));
  return exitCodeOf(receipt);
};

/** The family of which everything is to be ended; null: only what is suspected. Throws RefusalError `usage`. */
function wholeFamily(args: Arguments): string | null {
  const family = args.value("--family");
  const typed = args.value("--yes-family");
  if (!args.has("--kill-all")) {
    const lone = ["--jobs", "--yes-family"].find((option) => args.has(option));
    if (lone !== undefined)
      throw usageError(`${lone} is for --kill-all`, "holdfast orphans clean --help");
    return null;
  }
  if (family === undefined)
    throw usageError("--kill-all needs --family NAME", "holdfast orphans rules shows the families");
  const other = ["--rule", "--class", "--all-users"].find((option) => args.has(option));
  if (other !== undefined)
    throw usageError(
      `--kill-all takes a whole family of this user, and no ${other}`,
      `holdfast orphans clean --kill-all --family ${family} --dry-run`,
    );
  if (args.has("--yes") && typed === undefined)
    throw usageError("--yes is not enough for --kill-all", instead(family));
  if (typed !== undefined && typed !== family)
    throw usageError(`--yes-family ${typed} is not the family ${family}`, instead(family));
  return family;
}

function instead(family: string | null): string {
  return family === null
    ? "holdfast orphans clean --dry-run, and then with --yes"
    : `holdfast orphans clean --kill-all --family ${family} --dry-run, and then with --yes-family ${family}`;
}
