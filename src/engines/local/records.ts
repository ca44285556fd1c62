import { UnreadableRecord } from "../../containment/attempt-folder.ts";
import { isSealed } from "../../containment/seal.ts";
import type { ExitRecord, KeeperClaim, VoidClaim } from "../../contract/keeper.ts";
import type { Sight } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";

/** Of an attempt's folder, as it was found there. */
export type Claim = KeeperClaim | VoidClaim | "unreadable" | null;

export function isKeeper(claim: Claim, attempt: AttemptRow): claim is KeeperClaim {
  return (
    claim !== null && claim !== "unreadable" && "nonce" in claim && claim.nonce === attempt.nonce
  );
}

/** The payload can write its own record; only a record that it could not have written bears the seal. */
export function trusted(
  exit: ExitRecord | "unreadable" | null,
  { sealHash, distrusted }: AttemptRow,
  sight: Sight,
): ExitRecord | "unreadable" | null {
  if (exit === null || exit === "unreadable") return exit;
  if (distrusted) return "unreadable";
  // Without a seal its processes are searched for, which requires that they are visible.
  if (sealHash === null && sight === "elsewhere") return "unreadable";
  return sealHash === null || isSealed(exit, sealHash) ? exit : "unreadable";
}

/** A claim with another nonce belongs to no keeper that this server requested. */
export function voidOrStrange(claim: KeeperClaim | VoidClaim): "void" | "unreadable" {
  return "void" in claim ? "void" : "unreadable";
}

/** Null if there is none. */
export async function readable<T>(reading: Promise<T>): Promise<T | "unreadable"> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UnreadableRecord) return "unreadable";
    throw error;
  }
}
