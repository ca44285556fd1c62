import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { damagedRows } from "./damaged-rows.ts";
import { Database } from "./database.ts";
import { readableFile } from "./readable-file.ts";
import { isStorageFull } from "./sqlite-errors.ts";
import { removeDatabase } from "./sqlite-files.ts";

// Jobs first: attempts and tags refer to them.
const tables = [
  "documents",
  "jobs",
  "job_tags",
  "attempts",
  "receipts",
  "attempt_gpus",
  "gpu_holds",
  "allocations",
  "stop_requests",
  "events",
  "submissions",
  "marks",
];
const withRowid = new Set(["jobs", "documents", "attempts", "receipts", "stop_requests", "events"]);
// Ids are assigned without large gaps: beyond this there is nothing after the damage.
const widestGap = 2 ** 40;

/** Where rows are written. */
interface Target {
  run(sql: string, ...values: SQLInputValue[]): unknown;
}

/**
 * Copies every readable row of a damaged database into a sound database. Rows that are already there
 * stay. Returns how many jobs were copied; 0 also if the file is not a database any more.
 */
export function salvage(path: string, into: Database): number {
  const before = countJobs(into);
  let file = { path, isCopy: false };
  try {
    file = readableFile(path);
    const from = new DatabaseSync(file.path, { readOnly: !file.isCopy });
    try {
      const version = Number(from.prepare("PRAGMA user_version").get()?.["user_version"]);
      if (version > 0 && version < into.schema) migrated(from, version, path, into);
      else copyAll(from, into);
    } finally {
      from.close();
    }
  } catch (error) {
    // A full disk says nothing about the file.
    if (isStorageFull(error)) throw error;
    // Not the header of a database, or it cannot be opened.
  } finally {
    if (file.isCopy) removeDatabase(file.path);
  }
  return countJobs(into) - before;
}

/** Rows of an earlier version fit its own tables; a migration makes those of this version from them. */
function migrated(from: DatabaseSync, version: number, path: string, into: Database): void {
  const between = `${path}.salvaged`;
  removeDatabase(between);
  try {
    new Database(between, { schema: version }).close();
    const old = new DatabaseSync(between);
    try {
      old.exec("BEGIN");
      copyAll(from, { run: (sql, ...values) => old.prepare(sql).run(...values) });
      old.exec("COMMIT");
    } finally {
      old.close();
    }
    new Database(between).close();
    const present = new DatabaseSync(between, { readOnly: true });
    try {
      copyAll(present, into);
    } finally {
      present.close();
    }
  } finally {
    removeDatabase(between);
  }
}

function copyAll(from: DatabaseSync, into: Target): void {
  for (const table of tables) if (hasTable(from, table)) salvageTable(from, table, into);
}

/** An earlier version did not have all of them. */
function hasTable(db: DatabaseSync, table: string): boolean {
  try {
    db.prepare(`SELECT 1 FROM ${table}`);
    return true;
  } catch {
    return false;
  }
}

function countJobs(database: Database): number {
  return Number(database.one("SELECT count(*) AS n FROM jobs")?.["n"]);
}

function salvageTable(from: DatabaseSync, table: string, into: Target): void {
  if (withRowid.has(table)) return aroundDamage(from, table, into);
  // By its key from both ends; the rows between two damaged pages are in no other order.
  for (const order of ["", "ORDER BY 1 DESC, 2 DESC"]) {
    try {
      for (const row of from.prepare(`SELECT * FROM ${table} ${order}`).iterate())
        copy(table, row, into);
      return;
    } catch {
      // Damage: the rows after it are reached from the other end.
    }
  }
}

/** Continues after each damaged page: forward to it, then from the next readable row back to it. */
function aroundDamage(from: DatabaseSync, table: string, into: Target): void {
  const range = `SELECT rowid AS salvaged_at, * FROM ${table} WHERE rowid >= ? AND rowid <= ? ORDER BY rowid`;
  const read = (
    sql: string,
    first: number,
    last: number,
  ): { at: number | null; whole: boolean } => {
    let at: number | null = null;
    try {
      for (const { salvaged_at, ...row } of from.prepare(sql).iterate(first, last)) {
        copy(table, row, into);
        at = Number(salvaged_at);
      }
      return { at, whole: true };
    } catch {
      return { at, whole: false };
    }
  };
  for (let start = 0; ;) {
    const { at, whole } = read(range, start, Number.MAX_SAFE_INTEGER);
    if (whole) return;
    // A row with a part on a damaged page is skipped as well.
    const last = at ?? start;
    const next = readableAfter(from, table, last);
    if (next === null) return;
    read(`${range} DESC`, last + 1, next - 1);
    start = next;
  }
}

/** A row id from which reading works again; null: none. */
function readableAfter(from: DatabaseSync, table: string, last: number): number | null {
  const probe = from.prepare(
    `SELECT rowid AS at FROM ${table} WHERE rowid >= ? ORDER BY rowid LIMIT 1`,
  );
  for (let step = 1; step < widestGap; step *= 2) {
    try {
      const row = probe.get(last + step);
      return row === undefined ? null : Number(row["at"]);
    } catch {
      // Still on a damaged page.
    }
  }
  return null;
}

function copy(table: string, row: Record<string, SQLInputValue>, into: Target): void {
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
