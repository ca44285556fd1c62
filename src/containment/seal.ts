import { createHash } from "node:crypto";
import type { ExitRecord } from "../contract/keeper.ts";

/**
 * A seal is a secret that the server gives to one keeper and forgets; it stores the hash. The keeper
 * puts it into its exit record, which it writes when nothing of the attempt lives. So any process that
 * can read the seal is too late to forge a record, and a record without it was not written by the keeper.
 */
export function sealHashOf(seal: string): string {
  return createHash("sha256").update(seal).digest("hex");
}

export function isSealed({ seal }: Pick<ExitRecord, "seal">, sealHash: string): boolean {
  return seal !== undefined && sealHashOf(seal) === sealHash;
}
