import type { Database } from "./database.ts";
import type { HistoryTotals, Totals } from "./totals.ts";

/** What is kept of the ended jobs. 0: no limit of that kind. */
export interface Keeping {
  /** Ended before this, UTC ms. */
  endedBeforeMs: number;
  count: number;
  /** Of their output, by their receipts, newest first. */
  outputBytes: number;
}

/** Reading that many entries of an index takes less than a millisecond. */
const countedAtOnce = 1000;

/**
 * Ended jobs that are too old, too many or too large, oldest first. A job that has not ended is never
 * among them. Each query reads about as many rows as it returns, however long the history is.
 */
export class History {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Adds up a part of the totals that `beyond` compares with. False: there is more, for another turn. */
  count(atOnce = countedAtOnce): boolean {
    return this.#totals.count(atOnce) !== null;
  }

  /** Null: they are not added up yet. */
  totals(): HistoryTotals | null {
    return this.#totals.history();
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
    const tooMany = keeping.count === 0 ? 0 : this.#counted.endedJobs - keeping.count;
    if (tooMany > 0)
      add(
        "SELECT id FROM jobs WHERE ended_at_ms IS NOT NULL ORDER BY ended_at_ms, id LIMIT ?",
        Math.min(tooMany, limit),
      );
    if (keeping.outputBytes > 0)
      for (const id of this.#tooLarge(keeping.outputBytes, limit)) ids.add(id);
    return [...ids].toSorted((a, b) => a - b).slice(0, limit);
  }

  /** The oldest, until the output of the others fits. */
  #tooLarge(bytes: number, limit: number): number[] {
    // Of earlier attempts of jobs that have not ended.
    const live = this.#db.one(
      `SELECT sum(max(output_bytes, 0)) AS bytes FROM jobs INDEXED BY jobs_begun
         CROSS JOIN attempts ON attempts.job = jobs.id
         CROSS JOIN receipts ON receipts.attempt = attempts.id
         WHERE jobs.ended_at_ms IS NULL AND jobs.attempt IS NOT NULL`,
    );
    let kept = this.#counted.outputBytes - Number(live?.["bytes"] ?? 0);
    const oldest = this.#db.all(
      `SELECT id, (
           SELECT sum(max(output_bytes, 0)) FROM attempts CROSS JOIN receipts ON receipts.attempt = attempts.id
             WHERE attempts.job = jobs.id
         ) AS bytes
         FROM jobs WHERE ended_at_ms IS NOT NULL ORDER BY ended_at_ms, id LIMIT ?`,
      kept <= bytes ? 0 : limit,
    );
    const found: number[] = [];
    for (const row of oldest) {
      if (kept <= bytes) break;
      found.push(Number(row["id"]));
      kept -= Number(row["bytes"] ?? 0);
    }
    return found;
  }

  get #counted(): HistoryTotals {
    const totals = this.totals();
    if (totals === null) throw new Error("the history has not been counted yet");
    return totals;
  }

  get #totals(): Totals {
    if (this.#db.totals === null) throw new Error("the history cannot be counted");
    return this.#db.totals;
  }
}
