import type { DatabaseSync } from "node:sqlite";

/** The steps in which SQLite would carry out a statement. */
export function planOf(db: DatabaseSync, sql: string): string[] {
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => String(detail));
}
