import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Receipt } from "../../src/client/client.ts";
import { keeperClaim, type KeeperClaim } from "../../src/contract/keeper.ts";
import { differences } from "./compare.ts";
import type { Life } from "./lives.ts";
import type { ProcessEvents } from "./process-events.ts";

/** What the keeper claimed; null: the attempt was never claimed. */
export function claimOf(stateDir: string, attempt: string | null): KeeperClaim | null {
  if (attempt === null) return null;
  const path = join(stateDir, "attempts", attempt, "keeper.json");
  return keeperClaim.safeParse(JSON.parse(readFileSync(path, "utf8"))).data ?? null;
}

/** What a receipt says about processes but the kernel does not; empty where there is no observer. */
export async function receiptDifferences(
  events: ProcessEvents | null,
  stateDir: string,
  receipt: Receipt,
  movedIn: readonly Life[] = [],
): Promise<string[]> {
  const claim = claimOf(stateDir, receipt.attempt);
  if (events === null || claim === null) return [];
  return differences(receipt, await events.endedTree(claim.payload.pid), movedIn);
}
