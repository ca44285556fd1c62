import type { DatabaseSync } from "node:sqlite";

/** Also of a database from before there were marks. */
export function markIn(db: DatabaseSync, name: string): number | null {
  const tables = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'marks'");
  if (tables.get() === undefined) return null;
  const row = db.prepare("SELECT value FROM marks WHERE name = ?").get(name);
  return row === undefined ? null : Number(row["value"]);
}
