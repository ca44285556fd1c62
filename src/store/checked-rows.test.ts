import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CheckedRows } from "./checked-rows.ts";
import { Database } from "./database.ts";
import { Documents } from "./documents.ts";
import { pack } from "./packed-text.ts";
import type { Row } from "./row.ts";

let folder: string;
let db: Database;
let rows: CheckedRows;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-checked-rows-"));
  db = new Database(join(folder, "holdfast.db"));
  rows = new CheckedRows(db, "jobs");
  const hash = new Documents(db).put({ command: ["true"], tags: ["a"] });
  db.run(
    `INSERT INTO jobs (state, priority, gpus, spec_hash, env_hash, created_at_ms)
       VALUES ('held', 0, 0, ?, '', 1)`,
    hash,
  );
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const select = `SELECT id, state, spec_hash, jobs.sums, document AS spec
  FROM jobs JOIN documents ON hash = spec_hash`;

function row(): Row {
  const found = db.one(`${select} WHERE id = 1`);
  if (found === undefined) throw new Error("no row");
  return found;
}

const read = () => rows.check(row());

/** As nothing of Holdfast does: the checksums stay as they are. */
function altered(sql: string): void {
  const other = new DatabaseSync(join(folder, "holdfast.db"));
  other.exec(sql);
  other.close();
}

it("verifies a row once, while its values are the same", () => {
  expect(read()).toBe(read());
  db.run("UPDATE jobs SET state = 'queued' WHERE id = 1");
  const after = read();
  expect(after.text("state")).toBe("queued");
  expect(after.damaged).toEqual([]);
  expect(read()).toBe(after);
});

it("finds a value that was altered after it had been verified, each time", () => {
  read();
  const text = (word: string) => pack(`{"command":["${word}"],"tags":["a"]}`);
  altered(`UPDATE documents SET document = '${text("trve")}'`);
  expect(read().damaged).toEqual(["spec"]);
  expect(read().damaged).toEqual(["spec"]);
  expect(read().json("spec")).toBeNull();
  altered(`UPDATE documents SET document = '${text("true")}'`);
  expect(read().damaged).toEqual([]);
});

it("relies on nothing of a row whose checksums are missing or wrong, and on all of it when they are back", () => {
  for (const wrong of ["NULL", "zeroblob(length(sums))"]) {
    altered(`CREATE TABLE kept AS SELECT sums FROM jobs; UPDATE jobs SET sums = ${wrong}`);
    expect(read().damaged).toEqual(["id", "state", "spec"]);
    expect(read().json("spec")).toBeNull();
    altered("UPDATE jobs SET sums = (SELECT sums FROM kept); DROP TABLE kept");
    expect(new CheckedRows(db, "jobs").check(row()).damaged).toEqual([]);
    expect(read().damaged).toEqual([]);
    rows = new CheckedRows(db, "jobs");
  }
});

it("gives out values that cannot be altered for the next reader", () => {
  const spec = read().json("spec") as { command: string[]; tags: string[] };
  expect(() => spec.command.push("x")).toThrow(TypeError);
  expect(() => {
    spec.tags = [];
  }).toThrow(TypeError);
  expect(read().json("spec")).toEqual({ command: ["true"], tags: ["a"] });
});

it("keeps no more rows than a few pages of a list have", () => {
  const first = read();
  db.run(
    `WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
     INSERT INTO jobs (state, priority, gpus, spec_hash, env_hash, created_at_ms)
       SELECT 'held', 0, 0, (SELECT hash FROM documents), '', 1 FROM n`,
  );
  const all = db.all(`${select} ORDER BY id`).map((one) => rows.check(one));
  expect(all).toHaveLength(1100);
  expect(read()).not.toBe(first);
});
