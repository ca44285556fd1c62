import { fromEarlier } from "../contract/earlier-receipt.ts";
import type { Receipt } from "../contract/receipt.ts";
import { CheckedRow } from "./checked-row.ts";
import { contentHash, isNameOf } from "./content-hash.ts";
import type { Database } from "./database.ts";
import { outputBytes } from "./output-bytes.ts";
import { pack } from "./packed-text.ts";

/** A receipt that is not what was written, or that is lost, is not returned. */
export type StoredReceipt = Receipt | "damaged" | null;

/**
 * The receipts of ended attempts. An attempt's own row has the hash of its receipt, so a receipt that
 * is missing is not taken for an attempt that executed nothing.
 */
export class Receipts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Returns its hash. */
  add(attempt: string, receipt: Receipt): string {
    const text = JSON.stringify(receipt);
    this.#db.run(
      // Not REPLACE: that calls no trigger for the row that it removes.
      `INSERT INTO receipts (attempt, output_bytes, receipt) VALUES (?, ?, ?)
         ON CONFLICT (attempt) DO UPDATE SET
           output_bytes = excluded.output_bytes, receipt = excluded.receipt`,
      attempt,
      outputBytes(receipt),
      pack(text),
    );
    return contentHash(text);
  }

  of(attempt: string): StoredReceipt {
    const own = this.#db.one("SELECT id, receipt_hash, sums FROM attempts WHERE id = ?", attempt);
    if (own === undefined) return null;
    const row = this.#db.one(
      "SELECT attempt, receipt, sums FROM receipts WHERE attempt = ?",
      attempt,
    );
    const checkedOwn = new CheckedRow(this.#db, "attempts", own);
    const hash = checkedOwn.text("receipt_hash");
    if (row === undefined) return hash === null ? null : "damaged";
    const checked = new CheckedRow(this.#db, "receipts", row);
    if (checked.isDamaged("receipt")) return "damaged";
    const isOther =
      !checkedOwn.isDamaged("receipt_hash") && !isNameOf(hash, checked.text("receipt") ?? "");
    return isOther ? "damaged" : (fromEarlier(checked.json("receipt")) as Receipt);
  }

  /** Of a job's last attempt that executed something and has ended. */
  last(job: number): StoredReceipt {
    const sql = `SELECT id FROM attempts WHERE job = ? AND receipt_hash IS NOT NULL
      ORDER BY number DESC LIMIT 1`;
    const id = this.#db.one(sql, job)?.["id"];
    return typeof id === "string" ? this.of(id) : null;
  }
}
