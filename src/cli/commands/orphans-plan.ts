import type { Run } from "../context.ts";
import { planPage } from "../format/orphans-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { suspectOptions, suspectsAsked } from "../grammar/suspects.ts";
import { usageError } from "../grammar/usage-error.ts";
import { requireSameNamespace } from "../server-control.ts";

export const definition: VerbDefinition = {
  name: "orphans plan",
  usage: ["[OPTIONS] [PID...]"],
  operands: [{ name: "PID", min: 0, max: Infinity, completes: [] }],
  options: [
    ...suspectOptions,
    {
      long: "--leftovers",
      summary: "Plan for shared memory, sockets and folders instead of processes",
    },
  ],
  description: [
    "Writes a numbered plan: each process with its identity and the evidence, the signals, and what ending it would free. Ends no process.",
    "Without PID, --rule, --family or --class the plan contains what jobs of Holdfast left behind, and the suspects of rules that propose them. With these options it also contains suspects that are only reported. A process that is not suspected is in no plan.",
  ],
  examples: [
    { type: "holdfast orphans plan", does: "what is safe to propose" },
    { type: "holdfast orphans plan --rule loky", does: "the workers of ended pools" },
    { type: "holdfast orphans plan --leftovers", does: "leftovers whose creator has ended" },
    { type: "holdfast orphans plan 4711", does: "one suspect with its descendants" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, server, json } = context;
  const pids = args.operands.map(pidOf);
  const which = suspectsAsked(args);
  const leftovers = args.has("--leftovers");
  if (
    leftovers &&
    [pids[0], which.rule, which.family, which.class].some((one) => one !== undefined)
  )
    throw usageError(
      "--leftovers plans for no processes",
      "holdfast orphans plan --leftovers, and another plan for processes",
    );
  const asked = { ...which, leftovers, ...(pids.length === 0 ? {} : { pids }) };
  if (pids.length > 0) await requireSameNamespace(context);
  const plan = await server.planOrphans(asked);
  if (json) await screen.document(plan);
  else await screen.page(planPage(plan));
  return 0;
};

function pidOf(word: string): number {
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw usageError(`${word} is not a pid`, "holdfast orphans shows the suspects with their pids");
}
