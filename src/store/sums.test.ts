import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import initial from "./migrations/001-initial.sql" with { type: "text" };
import { Database } from "./database.ts";
import { damagedRows, nameOf } from "./damaged-rows.ts";

let folder: string;
const path = () => join(folder, "holdfast.db");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-sums-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function damage(): string[] {
  const db = new DatabaseSync(path());
  try {
    return [...damagedRows(db)].map((row) => `${nameOf(row)}: ${row.columns.join(" ")}`);
  } finally {
    db.close();
  }
}

function alter(sql: string): void {
  const db = new DatabaseSync(path());
  db.exec(sql);
  db.close();
}

function write(...statements: string[]): void {
  const db = new Database(path());
  for (const sql of statements) db.run(sql);
  db.close();
}

const inserted = (spec: string, env: string, value: string) =>
  `INSERT INTO jobs (state, name, priority, gpus, ${spec}, ${env}, created_at_ms)
     VALUES ('queued', 'first', 0, 0, '${value}', '{}', 5)`;
const insertJob = inserted("spec_hash", "env_hash", "{}");
const insertDocument = "INSERT INTO documents (hash, document) VALUES ('{}', '{}')";

describe("the checksums of rows", () => {
  it("are kept by every write, and name each column that something else altered", () => {
    write(insertDocument, insertJob, "UPDATE jobs SET state = 'held', message = 'x' WHERE id = 1");
    expect(damage()).toEqual([]);
    alter("UPDATE jobs SET name = 'second', created_at_ms = 6 WHERE id = 1");
    expect(damage()).toEqual(["jobs 1: name created_at_ms"]);
  });

  it("stay wrong for what is damaged when other columns of the row are written", () => {
    write(insertDocument, insertJob);
    alter("UPDATE jobs SET name = 'second' WHERE id = 1");
    write("UPDATE jobs SET state = 'held', message = 'x' WHERE id = 1");
    expect(damage()).toEqual(["jobs 1: name"]);
    write("UPDATE jobs SET name = 'third' WHERE id = 1");
    expect(damage()).toEqual([]);
  });

  it("detect the same value in another row, and integers that Node cannot hold", () => {
    write(insertDocument, insertJob, insertJob);
    alter("UPDATE jobs SET sums = (SELECT sums FROM jobs WHERE id = 2) WHERE id = 1");
    expect(damage().join()).toContain("jobs 1: id state");
    alter("UPDATE jobs SET created_at_ms = 4611686018427387904 WHERE id = 2");
    const db = new Database(path());
    expect(db.all("SELECT * FROM jobs WHERE id = 2")).toHaveLength(1);
    db.run("UPDATE jobs SET message = 'y' WHERE id = 2");
    db.close();
    expect(damage().at(-1)).toBe("jobs 2: created_at_ms");
  });

  it("are given to the rows of an older version when it is migrated; invalid JSON is marked", () => {
    const first = inserted("spec", "env", '{"command":["a"]}');
    alter(`${initial}; PRAGMA user_version = 1;
      ${first}; ${first}; UPDATE jobs SET spec = '{"comm' WHERE id = 2`);
    write();
    expect(damage()).toEqual([expect.stringMatching(/^documents [0-9a-f]{64}: document$/)]);
  });

  it("say which row lacks a value that another table has", () => {
    write(insertJob);
    expect(damage()).toEqual(["jobs 1: spec_hash", "jobs 1: env_hash"]);
  });

  it("cost a write beside the row's own that is not noticed", () => {
    const db = new Database(path());
    expect(db.run(insertJob)).toEqual({ changes: 1, lastId: 1 });
    expect(db.run("UPDATE jobs SET name = 'x' WHERE id = 7").changes).toBe(0);
    expect(db.run("UPDATE jobs SET name = 'x' WHERE id = 1").changes).toBe(1);
    db.close();
  });
});
