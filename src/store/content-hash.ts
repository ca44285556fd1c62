import { createHash } from "node:crypto";

/** SHA-256. Two texts with the same hash are the same text. */
export function contentHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
