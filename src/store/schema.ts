import { DatabaseSync } from "node:sqlite";
import { migrations } from "./migrations.ts";

/**
 * What a damaged schema would make of every query: a table or a column by another name. The migrations
 * make the expected one in memory, which takes 3 ms. Comments are left out: they may be reworded.
 * Null: the schema is as expected.
 */
export function schemaDamage(db: DatabaseSync): string | null {
  const expected = new DatabaseSync(":memory:");
  try {
    for (const { sql } of migrations) expected.exec(sql);
    const found = definitions(db);
    for (const [name, sql] of definitions(expected))
      if (found.get(name) !== sql) return `the definition of ${name} is not what it was`;
    return null;
  } finally {
    expected.close();
  }
}

function definitions(db: DatabaseSync): Map<string, string> {
  const rows = db
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    .all();
  return new Map(
    rows.map(({ type, name, tbl_name, sql }) => [
      String(name),
      `${String(type)} ${String(tbl_name)} ${bare(String(sql))}`,
    ]),
  );
}

function bare(sql: string): string {
  return sql.replace(/--[^\n]*/g, "").replace(/\s+/g, " ");
}
