import { isSealed } from "../../containment/seal.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

/**
 * Whether an exit record counts as its keeper's: it bears the seal that only the keeper knew. Where
 * the seal is not known (an older server's attempt, a database that was rebuilt) it counts if no
 * process of the attempt is found except those that it names as escaped; the receipt then says so.
 */
export function isBelieved({ engine }: Context, attempt: AttemptRow, exit: ExitRecord): boolean {
  if (attempt.distrusted) return false;
  if (attempt.sealHash !== null) return isSealed(exit, attempt.sealHash);
  // Twice, as for a lost keeper: one search may miss a process that forks during it.
  const finds = () => engine.search(attempt, exit.escaped ?? []).length > 0;
  return !finds() && !finds();
}
