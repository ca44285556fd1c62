import type { DatabaseSync } from "node:sqlite";
import type { Receipt } from "../contract/receipt.ts";
import { earlierHash } from "./content-hash.ts";
import { MovedValues } from "./moved-values.ts";
import { outputBytes } from "./output-bytes.ts";

/** The receipts that attempts had in their own rows, in the column that now has the hash. */
export function moveReceipts(db: DatabaseSync): void {
  const moved = new MovedValues(db);
  // One at a time: all of them may not fit into memory.
  const ids = db.prepare("SELECT id FROM attempts WHERE receipt_hash IS NOT NULL").all();
  const rowOf = db.prepare("SELECT id, receipt_hash, sums FROM attempts WHERE id = ?");
  for (const { id: key } of ids) {
    const row = rowOf.get(String(key)) ?? {};
    const [id, receipt] = [String(row["id"]), String(row["receipt_hash"])];
    const damage = moved.damageIn("attempts", row);
    const isDamaged = damage?.has("receipt_hash") === true;
    const damaged = damage === null ? null : new Set(isDamaged ? ["receipt"] : []);
    moved.insert("receipts", [id, isDamaged ? 0 : bytesOf(receipt), receipt], damaged);
    moved.replace("attempts", id, "receipt_hash", earlierHash(receipt));
  }
}

function bytesOf(text: string): number {
  try {
    return outputBytes(JSON.parse(text) as Receipt);
  } catch {
    return 0;
  }
}
