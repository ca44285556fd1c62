import type { KeeperClaim } from "../contract/keeper.ts";
import { isCalledKeeperOf, runsKeeper } from "../processes/keeper-program.ts";
import { isFinished, readStat } from "../processes/proc-stat.ts";

/**
 * Whether the processes that a claim in an attempt's folder names can be its keeper and payload. The
 * payload knows the nonce and can write a claim that names unrelated processes, or another job's: their
 * children and sessions would count as the attempt's. A process that has ended cannot be checked, and
 * cannot be harmed.
 */
export function namesItsOwn({ keeper, payload }: KeeperClaim, attempt: string): boolean {
  if (payload.session !== payload.pid) return false;
  const main = readStat(payload.pid);
  if (main !== null && (main.ppid !== keeper.pid || main.start !== payload.start)) return false;
  const stat = readStat(keeper.pid);
  if (stat === null || isFinished(stat)) return true;
  return runsKeeper(keeper.pid) !== false && isCalledKeeperOf(keeper.pid, attempt);
}
