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
    if (keeping.outputBytes > 0) add(tooLarge, keeping.outputBytes, limit);
    return [...ids].toSorted((a, b) => a - b).slice(0, limit);
  }
}

/** A receipt that cannot be read counts nothing, and must not keep the others from being counted. */
const bytesOf = (stream: string) =>
  `COALESCE(CASE WHEN json_valid(receipt) THEN json_extract(receipt, '$.output.${stream}') END, 0)`;

const tooLarge = `
  SELECT id FROM (
    SELECT jobs.id, ended_at_ms,
        SUM(COALESCE(bytes, 0)) OVER (ORDER BY jobs.ended_at_ms DESC, jobs.id DESC) AS total
      FROM jobs LEFT JOIN (
        SELECT job, SUM(${bytesOf("stdoutBytes")} + ${bytesOf("stderrBytes")}
            - ${bytesOf("punchedBytes")}) AS bytes
          FROM attempts GROUP BY job
      ) ON job = jobs.id
      WHERE jobs.ended_at_ms IS NOT NULL
  ) WHERE total > ? ORDER BY ended_at_ms LIMIT ?`;
