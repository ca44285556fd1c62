import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { damagedRows } from "./damaged-rows.ts";
import type { Database } from "./database.ts";

// Jobs first: attempts and tags refer to them.
const tables = [
  "jobs",
  "job_tags",
  "attempts",
  "attempt_gpus",
  "gpu_holds",
  "allocations",
  "stop_requests",
  "events",
  "submissions",
  "marks",
];
const withRowid = new Set(["jobs", "attempts", "stop_requests", "events"]);

/**
 * Copies every row that can still be read out of a damaged database into a sound, empty one.
 * Tables are read from both ends towards the damage. Returns how many jobs there were; 0 also
 * where the file is no database any more.
 */
export function salvage(path: string, into: Database): number {
  let from: DatabaseSync;
  try {
    from = new DatabaseSync(path, { readOnly: true });
  } catch {
    return 0;
  }
  try {
    for (const table of tables) salvageTable(from, table, into);
  } finally {
    from.close();
  }
  return Number(into.one("SELECT count(*) AS n FROM jobs")?.["n"]);
}

function salvageTable(from: DatabaseSync, table: string, into: Database): void {
  const orders = withRowid.has(table) ? ["ORDER BY rowid", "ORDER BY rowid DESC"] : [""];
  for (const order of orders) {
    try {
      for (const row of from.prepare(`SELECT * FROM ${table} ${order}`).iterate())
        copy(table, row, into);
      return;
    } catch {
      // Damage: what lies behind it is reached from the other end.
    }
  }
}

function copy(table: string, row: Record<string, SQLInputValue>, into: Database): void {
  const names = Object.keys(row);
  const places = names.map(() => "?").join(", ");
  try {
    into.run(
      `INSERT OR IGNORE INTO ${table} (${names.join(", ")}) VALUES (${places})`,
      ...Object.values(row),
    );
  } catch {
    // A row that is damaged itself does not fit its table.
  }
}

/** Whether everything in it can be read, fits together and is what was written. Reads the whole file. */
export function isSound(path: string): boolean {
  try {
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      const [damaged] = damagedRows(db);
      return damaged === undefined && integrity(db) === null;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

/** Also whether indexes and tables agree; null: they do. Takes several times as long. */
export function damageIn(path: string): string | null {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return integrity(db);
  } finally {
    db.close();
  }
}

function integrity(db: DatabaseSync): string | null {
  const found = String(db.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"]);
  return found === "ok" ? null : found;
}
