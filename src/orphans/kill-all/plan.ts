import type { OrphanPlan, PlanRequest, ReapRequest } from "../../contract/orphan-plan.ts";
import { refuse, type Result } from "../../contract/problems.ts";
import type { Inspector } from "../inspect.ts";
import { planFamily, type PlanParts } from "../make-plan.ts";
import { askersOf } from "./spared.ts";

/** Refuses with `invalid_request`, `forbidden`, and the problems of `Inspector.inspect`. */
export async function planAll(
  parts: PlanParts & { inspector: Inspector; allow: ReadonlySet<string> },
  asked: PlanRequest,
  askerPid: number | null,
): Promise<Result<OrphanPlan>> {
  const { family, jobs = false } = asked;
  if (family === undefined) return wrong("family", "killAll needs the name of a family");
  if ([asked.rule, asked.class, asked.pids].some((one) => one !== undefined) || asked.leftovers)
    return wrong("killAll", "it takes a whole family: no rule, class, pids or leftovers");
  if (asked.allUsers) return wrong("allUsers", "killAll ends only processes of the server's user");
  if (askerPid === null) return refuseUnseen();
  const found = await parts.inspector.inspect(asked, "fresh");
  if (!found.ok) return found;
  const askers = askersOf(askerPid, found.value.scene);
  const sparing = { askers, jobs, allow: parts.allow };
  return { ok: true, value: await planFamily(parts, found.value, { ...asked, family }, sparing) };
}

/** Null: the plan may be carried out, or is not for a whole family. */
export function refuseFamily(
  { asked: { killAll, family = "" } }: OrphanPlan,
  asked: ReapRequest,
  askerPid: number | null,
): Result<never> | null {
  if (killAll !== true) return null;
  if (askerPid === null) return refuseUnseen();
  return asked.dryRun || asked.family === family ? null : refuse("family_not_named", { family });
}

function wrong(where: string, what: string): Result<never> {
  return refuse("invalid_request", { where, what });
}

/** The requesting process and those above it have to be spared. */
function refuseUnseen(): Result<never> {
  return refuse("forbidden", {
    what: "The requesting process is in a PID namespace that the server cannot see; run the command where the server runs",
  });
}
