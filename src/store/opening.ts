import { DatabaseSync } from "node:sqlite";
import { RefusalError } from "../contract/problems.ts";
import { soundnessOf, type Soundness } from "./soundness.ts";
import { asDamage } from "./sqlite-errors.ts";

export const busyMs = 5000;

// Checked in a tenth of a second.
const checkedBytes = 64 * 1024 * 1024;
const mostMessages = 1000;

/** The table of tags is itself an index of the specifications. */
const rebuildTags = (specs: string) => `
  WITH specs (job, spec) AS (${specs})
  DELETE FROM job_tags WHERE job IN (SELECT job FROM specs WHERE json_valid(spec));
  WITH specs (job, spec) AS (${specs})
  INSERT OR IGNORE INTO job_tags (job, tag)
    SELECT job, value FROM specs, json_each(spec, '$.tags') WHERE json_valid(spec)`;

/** Until version 18 each job had its own. */
function specsIn(db: DatabaseSync): string {
  const isShared = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'documents'").get();
  return isShared === undefined
    ? "SELECT id, spec FROM jobs"
    : "SELECT id, holdfast_text(document) FROM jobs JOIN documents ON hash = spec_hash";
}

// Before 3.51.3 a reset WAL could be read as if it were not (sqlite.org, "WAL-reset bug").
const oldestSqlite = [3, 51, 3];

export function openFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: busyMs });
  } catch (error) {
    throw asDamage(error, path);
  }
}

export function assertSqlite(found: string): void {
  const parts = found.split(".").map(Number);
  for (const [index, wanted] of oldestSqlite.entries()) {
    const part = parts[index] ?? 0;
    if (part > wanted) return;
    if (part < wanted) throw new Error(`SQLite ${found} is older than ${oldestSqlite.join(".")}`);
  }
}

/**
 * A damaged page may not be read for weeks, so all are checked while the database is small enough to
 * check quickly. Returns damage that was repaired, or that does not prevent the database's use.
 */
export function assertReadable(db: DatabaseSync, path: string): string[] {
  const pragma = (name: string) => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
  if (pragma("page_count") * pragma("page_size") > checkedBytes) return [];
  const found = soundness(db);
  switch (found.kind) {
    case "sound":
      return [];
    case "pages":
      throw new RefusalError({ code: "store_damaged", details: { path, what: found.what } });
    case "rows":
      return [`rows of the database are damaged: ${found.what}`];
    case "indexes":
      makeIndexes(db, path);
      return [`indexes of the database were damaged and have been rebuilt: ${found.what}`];
  }
}

function soundness(db: DatabaseSync): Soundness {
  const rows = db.prepare(`PRAGMA integrity_check(${mostMessages})`).all();
  return soundnessOf(rows.map((row) => String(row["integrity_check"])));
}

/** Everything in them is in the rows as well. */
function makeIndexes(db: DatabaseSync, path: string): void {
  db.exec(`REINDEX; ${rebuildTags(specsIn(db))}`);
  const after = soundness(db);
  if (after.kind === "pages" || after.kind === "indexes")
    throw new RefusalError({ code: "store_damaged", details: { path, what: after.what } });
}
