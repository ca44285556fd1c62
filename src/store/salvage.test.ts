import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { Database } from "./database.ts";
import { salvage } from "./salvage.ts";

it("every table that there is is read out of a damaged database", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-salvage-"));
  const path = join(folder, "before.db");
  new Database(path).close();
  const before = new DatabaseSync(path);
  const tables = before
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name));
  before.exec("PRAGMA foreign_keys = OFF");
  for (const table of tables) {
    // A row of ones, which every column takes but those that a CHECK watches.
    const columns = before.prepare(`PRAGMA table_info(${table})`).all();
    const values = columns.map(({ name }) =>
      name === "state" ? "'queued'" : name === "sums" ? "NULL" : "1",
    );
    before.exec(`INSERT INTO ${table} VALUES (${values.join(", ")})`);
  }
  before.close();
  const after = new Database(join(folder, "after.db"));
  expect(salvage(path, after)).toBe(1);
  const empty = tables.filter((table) => after.one(`SELECT * FROM ${table}`) === undefined);
  expect(empty).toEqual([]);
  after.close();
  rmSync(folder, { recursive: true });
});
