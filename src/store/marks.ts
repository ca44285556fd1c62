import type { Database } from "./database.ts";

/** `commits` is counted by the database itself; `store-id` tells one store from another. */
export type MarkName = "passed-time" | "store-id";

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
