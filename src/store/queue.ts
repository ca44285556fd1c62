import type { Database } from "./database.ts";

export interface QueuedRow {
  id: number;
  priority: number;
  /** Whole GPUs. */
  gpus: number;
}

/** The place of a job in the queue: after `priority` (highest first) and number. */
export type QueuePlace = Pick<QueuedRow, "id" | "priority">;

/** Queries over queued jobs. Each is answered by an index and reads only the rows that it returns. */
export class Queue {
  readonly #db: Pick<Database, "one" | "all">;

  constructor(db: Pick<Database, "one" | "all">) {
    this.#db = db;
  }

  /** The different numbers of GPUs that queued jobs ask for, ascending. One index look-up each. */
  gpuCounts(): number[] {
    return this.#db
      .all(
        `WITH RECURSIVE counts (gpus) AS (
           SELECT min(gpus) FROM jobs INDEXED BY jobs_queued WHERE state = 'queued'
           UNION ALL
           SELECT (SELECT min(gpus) FROM jobs INDEXED BY jobs_queued
                     WHERE state = 'queued' AND gpus > counts.gpus)
             FROM counts WHERE counts.gpus IS NOT NULL)
         SELECT gpus FROM counts WHERE gpus IS NOT NULL`,
      )
      .map((row) => Number(row["gpus"]));
  }

  /** Queued jobs that ask for exactly `gpus`, in order, from behind a place on; null: from the first. */
  after(place: QueuePlace | null, gpus: number, nowMs: number, limit: number): QueuedRow[] {
    if (place === null) return this.#select("TRUE", [], gpus, nowMs, limit);
    // Two ranges of the index: one condition over both would read what was passed already.
    const equal = "priority = ? AND id > ?";
    const rows = this.#select(equal, [place.priority, place.id], gpus, nowMs, limit);
    if (rows.length === limit) return rows;
    const left = limit - rows.length;
    return [...rows, ...this.#select("priority < ?", [place.priority], gpus, nowMs, left)];
  }

  /** When the first of the jobs that wait for their next attempt is a candidate again; null: none waits. */
  nextWaitEndsMs(nowMs: number): number | null {
    const sql = `SELECT wait_until_ms AS at FROM jobs INDEXED BY jobs_retried_later
      WHERE state = 'queued' AND wait_until_ms > ? AND ${waits}
      ORDER BY wait_until_ms LIMIT 1`;
    const at = this.#db.one(sql, nowMs, nowMs)?.["at"];
    return at === undefined ? null : Number(at);
  }

  #select(
    range: string,
    values: readonly number[],
    gpus: number,
    nowMs: number,
    limit: number,
  ): QueuedRow[] {
    const sql = `SELECT id, priority FROM jobs INDEXED BY jobs_queued
      WHERE state = 'queued' AND gpus = ? AND ${range} AND NOT (${waits})
      ORDER BY priority DESC, id LIMIT ?`;
    return this.#db
      .all(sql, gpus, ...values, nowMs, limit)
      .map((row) => ({ id: Number(row["id"]), priority: Number(row["priority"]), gpus }));
  }
}

/** If the clock was set back to before its beginning, how long it would take is unknown: it is over. */
const waits = "(wait_until_ms IS NOT NULL AND ? BETWEEN wait_from_ms AND wait_until_ms - 1)";
