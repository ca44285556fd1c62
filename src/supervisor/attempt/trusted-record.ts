import { isSealed } from "../../containment/seal.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

/**
 * Whether an exit record counts as its keeper's: it bears the seal that only the keeper knew. Where
 * the seal is not known (an older server's attempt, a database that was rebuilt) it counts if no
 * process of the attempt is found except those that it names as escaped; the receipt then says so.
 */
export async function isTrusted(
  { engines }: Pick<Context, "engines">,
  attempt: AttemptRow,
  exit: ExitRecord,
): Promise<boolean> {
  if (attempt.distrusted) return false;
  if (attempt.sealHash !== null) return isSealed(exit, attempt.sealHash);
  const machine = engines.machineOf(attempt);
  // Elsewhere nothing can be searched.
  if (machine === null) return false;
  // Twice, as for a lost keeper: one search may miss a process that forks during it.
  const finds = async () =>
    (await machine.processes.search(attempt, exit.escaped ?? [])).length > 0;
  return !(await finds()) && !(await finds());
}
