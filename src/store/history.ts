import { liveStates } from "../job/states.ts";
import type { Database } from "./database.ts";

/** What is kept of the ended jobs. 0: no limit of that kind. */
export interface Keeping {
  /** Ended before this, UTC ms. */
  endedBeforeMs: number;
  count: number;
  /** Of their output, by their receipts, newest first. */
  outputBytes: number;
}

/** Ended jobs that are too old, too many or too large, oldest first. A job that has not ended is never among them. */
export class History {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  beyond(keeping: Keeping, limit: number): number[] {
    const ids = new Set<number>();
    const add = (sql: string, ...values: number[]) => {
      for (const row of this.#db.all(sql, ...values)) ids.add(Number(row["id"]));
    };
    if (keeping.endedBeforeMs > 0)
      add(
        "SELECT id FROM jobs WHERE ended_at_ms < ? ORDER BY ended_at_ms LIMIT ?",
        keeping.endedBeforeMs,
        limit,
      );
    if (keeping.count > 0)
      add(
        `SELECT id FROM jobs WHERE ended_at_ms IS NOT NULL
           ORDER BY ended_at_ms DESC, id DESC LIMIT ? OFFSET ?`,
        limit,
        keeping.count,
      );
    if (keeping.outputBytes > 0)
      for (const id of this.#tooLarge(keeping.outputBytes, limit)) ids.add(id);
    return [...ids].toSorted((a, b) => a - b).slice(0, limit);
  }

  /** The oldest, until the output of the others fits. */
  #tooLarge(bytes: number, limit: number): number[] {
    const all = this.#db.one(
      "SELECT sum(output_bytes) AS bytes FROM receipts INDEXED BY receipts_by_size",
    );
    // Of earlier attempts of jobs that have not ended.
    const live = this.#db.one(
      `SELECT sum(output_bytes) AS bytes FROM jobs INDEXED BY jobs_by_state
         CROSS JOIN attempts ON attempts.job = jobs.id
         CROSS JOIN receipts ON receipts.attempt = attempts.id
         WHERE jobs.state IN (SELECT value FROM json_each(?))`,
      JSON.stringify(liveStates),
    );
    let kept = Number(all?.["bytes"] ?? 0) - Number(live?.["bytes"] ?? 0);
    const oldest = this.#db.all(
      `SELECT id, (
           SELECT sum(output_bytes) FROM attempts CROSS JOIN receipts ON receipts.attempt = attempts.id
             WHERE attempts.job = jobs.id
         ) AS bytes
         FROM jobs WHERE ended_at_ms IS NOT NULL ORDER BY ended_at_ms, id LIMIT ?`,
      limit,
    );
    const found: number[] = [];
    for (const row of oldest) {
      if (kept <= bytes) break;
      found.push(Number(row["id"]));
      kept -= Number(row["bytes"] ?? 0);
    }
    return found;
  }
}
