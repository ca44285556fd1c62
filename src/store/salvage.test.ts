import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

describe("a database of which pages are lost", () => {
  const jobs = 2000;
  let folder: string;
  const path = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "holdfast-salvage-"));
    const before = new Database(path("whole.db"));
    before.transaction(() => {
      for (let id = 1; id <= jobs; id += 1)
        before.run(
          `INSERT INTO jobs (state, name, message, priority, gpus, spec_hash, env_hash, created_at_ms)
             VALUES ('held', ?, ?, 0, 0, ?, '', 5)`,
          `name ${id}`,
          "x".repeat(200),
          String(id),
        );
    });
    before.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function salvaged(): number {
    const after = new Database(path("after.db"));
    try {
      const count = after.transaction(() => salvage(path("whole.db"), after));
      // A page that was cut in the middle may have half a row: its checksums say so.
      const damaged = after.damagedRows("jobs").filter(({ columns }) => columns.includes("name"));
      const wrong = after.all("SELECT id FROM jobs WHERE name IS NOT 'name ' || id ORDER BY id");
      expect(wrong.map(({ id }) => id)).toEqual(damaged.map(({ keys }) => keys[0]));
      expect(damaged.length).toBeLessThan(3);
      return count;
    } finally {
      after.close();
    }
  }

  it("cut to 90 %: every row of the pages that are left is read", () => {
    truncateSync(path("whole.db"), Math.floor(statSync(path("whole.db")).size * 0.9));
    expect(salvaged()).toBeGreaterThan(jobs * 0.8);
    expect(readdirSync(folder).filter((name) => name.includes("padded"))).toEqual([]);
  });

  it("with bad pages in many places: the rows between them are read", () => {
    const file = openSync(path("whole.db"), "r+");
    const pageBytes = 4096;
    const pages = statSync(path("whole.db")).size / pageBytes;
    // Not the first pages, which lead to all others.
    for (let page = 60; page < pages; page += 20)
      writeSync(file, Buffer.alloc(pageBytes), 0, pageBytes, page * pageBytes);
    closeSync(file);
    expect(salvaged()).toBeGreaterThan(jobs * 0.85);
  });
});
