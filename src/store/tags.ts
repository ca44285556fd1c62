import { CheckedRow } from "./checked-row.ts";
import type { Database } from "./database.ts";
import { whereRow } from "./sums.ts";

const withSpecs = `SELECT jobs.id, jobs.spec_hash, jobs.sums, documents.document AS spec
  FROM jobs LEFT JOIN documents ON documents.hash = jobs.spec_hash`;

// Checked in a third of a second.
const checkedRows = 100_000;

/** The table of tags is an index of the specifications, whose checksums cover the tags as well. */
export class Tags {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** When a store is opened: rebuilds rows that are not what was written. Returns how many. */
  mend(): number {
    const sql = "SELECT count(*) AS n FROM (SELECT 1 FROM job_tags LIMIT ?)";
    const count = Number(this.#db.one(sql, checkedRows + 1)?.["n"]);
    const damaged = count > checkedRows ? [] : this.#db.damagedRows("job_tags");
    if (damaged.length === 0) return 0;
    this.#db.transaction(() => {
      for (const { keys } of damaged)
        this.#db.run(`DELETE FROM job_tags WHERE ${whereRow("job_tags")}`, ...keys);
      // The job id of a damaged row may be the damaged part.
      for (const row of this.#db.all(withSpecs)) {
        const { tags = [] } = (new CheckedRow(this.#db, "jobs", row).json("spec") ?? {}) as {
          tags?: readonly string[];
        };
        for (const tag of new Set(tags))
          this.#db.run(
            "INSERT OR IGNORE INTO job_tags (job, tag) VALUES (?, ?)",
            Number(row["id"]),
            tag,
          );
      }
    });
    return damaged.length;
  }
}
