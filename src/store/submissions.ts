import { RefusalError } from "../contract/problems.ts";
import { CheckedRow } from "./checked-row.ts";
import type { Database } from "./database.ts";

const keptMs = 24 * 3_600_000;
// After a busy day there are many old keys, and a submission must not wait until all are removed.
const removedAtOnce = 16;

/** Idempotency keys: what a client that never heard the answer may ask again for a day. */
export class Submissions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Throws RefusalError `record_damaged`. */
  find(key: string): { requestHash: string; job: number } | null {
    const row = this.#db.one("SELECT * FROM submissions WHERE key = ?", key);
    if (row === undefined) return null;
    // Ignoring it would start a second job.
    if (new CheckedRow(this.#db, "submissions", row).damaged.length > 0)
      throw new RefusalError({
        code: "record_damaged",
        details: {
          what: `which job was submitted with Idempotency-Key ${key}`,
          next: "holdfast ls shows the jobs; use a new key for a new job",
        },
      });
    return { requestHash: String(row["request_hash"]), job: Number(row["job"]) };
  }

  insert(key: string, requestHash: string, job: number, atMs: number): void {
    this.#db.run(
      `DELETE FROM submissions WHERE key IN (
         SELECT key FROM submissions WHERE at_ms < ? ORDER BY at_ms LIMIT ?)`,
      atMs - keptMs,
      removedAtOnce,
    );
    this.#db.run(
      "INSERT INTO submissions (key, request_hash, job, at_ms) VALUES (?, ?, ?, ?)",
      key,
      requestHash,
      job,
      atMs,
    );
  }
}
