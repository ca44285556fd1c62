import { CheckedRow } from "./checked-row.ts";
import type { Database } from "./database.ts";

/** `commits` is counted by the database itself; `store-id` distinguishes one store from another. */
export type MarkName = "passed-time" | "store-id" | "events-pruned" | "secrets-removed";

/** Single values that a server leaves to the next one. */
export class Marks {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Null also if it is not what was written. */
  get(name: MarkName): number | null {
    const row = this.#db.one("SELECT * FROM marks WHERE name = ?", name);
    if (row === undefined) return null;
    const checked = new CheckedRow(this.#db, "marks", row);
    return checked.damaged.length > 0 ? null : checked.number("value");
  }

  set(name: MarkName, value: number): void {
    this.#db.run("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", name, value);
  }
}
