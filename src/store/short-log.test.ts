import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Database } from "./database.ts";

let folder: string;
let database: Database;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-log-"));
  database = new Database(join(folder, "holdfast.db"));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const logBytes = () => statSync(join(folder, "holdfast.db-wal")).size;

it("a write-ahead log that was put into the database file is empty: no older page of it can replace a newer one", () => {
  database.checkpoint();
  const lengths: number[] = [];
  for (let i = 0; i < 40; i += 1) {
    database.run("INSERT INTO marks (name, value) VALUES (?, 0)", "x".repeat(100_000) + i);
    lengths.push(logBytes());
  }
  expect(Math.max(...lengths)).toBeLessThan(1024 * 1024);
  expect(lengths.filter((length) => length === 0).length).toBeGreaterThan(2);
});
