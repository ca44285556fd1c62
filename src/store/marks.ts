import type { Database } from "./database.ts";

export type MarkName = "passed-time";

/** Single values that a server leaves to the next one. */
export class Marks {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(name: MarkName): number | null {
    const row = this.#db.one("SELECT value FROM marks WHERE name = ?", name);
    return row === undefined ? null : Number(row["value"]);
  }

  set(name: MarkName, value: number): void {
    this.#db.run("INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)", name, value);
  }
}
