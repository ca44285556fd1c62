import type { Database } from "./database.ts";

const keptMs = 24 * 3_600_000;

/** Idempotency keys: what a client that never heard the answer may ask again for a day. */
export class Submissions {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(key: string): { requestHash: string; job: number } | null {
    const row = this.#db.one("SELECT request_hash, job FROM submissions WHERE key = ?", key);
    return row === undefined
      ? null
      : { requestHash: String(row["request_hash"]), job: Number(row["job"]) };
  }

  insert(key: string, requestHash: string, job: number, atMs: number): void {
    this.#db.run("DELETE FROM submissions WHERE at_ms < ?", atMs - keptMs);
    this.#db.run(
      "INSERT INTO submissions (key, request_hash, job, at_ms) VALUES (?, ?, ?, ?)",
      key,
      requestHash,
      job,
      atMs,
    );
  }
}
