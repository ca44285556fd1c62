import type { DatabaseSync } from "node:sqlite";
import { isPacked } from "./packed-text.ts";
import type { Row } from "./row.ts";
import {
  damagedColumns,
  jsonColumns,
  summedTables,
  type Layout,
  type SummedTable,
} from "./sums.ts";

export interface DamagedRow {
  table: SummedTable;
  /** The values of the columns that name the row. */
  keys: (string | number)[];
  columns: string[];
}

/** For people. */
export function nameOf({ table, keys }: DamagedRow): string {
  return `${table} ${keys.join(" ").trim()}`;
}

const allTables = Object.keys(summedTables) as SummedTable[];

/** Every row that is not what was written. Reads all of them: a second for a hundred thousand jobs. */
export function* damagedRows(
  db: DatabaseSync,
  tables: readonly SummedTable[] = allTables,
): Generator<DamagedRow> {
  for (const table of tables) {
    const layout = layoutIn(db, table);
    if (layout === null) continue;
    const select = db.prepare(`SELECT * FROM ${table}`);
    select.setReadBigInts(true);
    for (const row of select.iterate()) {
      const columns = damageIn(table, layout, row);
      if (columns.length === 0) continue;
      const keys = summedTables[table].map((name) => {
        const key = row[name];
        return typeof key === "bigint" ? Number(key) : String(key);
      });
      yield { table, keys, columns };
    }
    yield* withLostValues(db, table);
  }
}

/** Rows that name a value of another table by its hash, which is not there. */
function* withLostValues(db: DatabaseSync, table: SummedTable): Generator<DamagedRow> {
  for (const { column, of, where } of named[table] ?? []) {
    if (layoutIn(db, of) === null) continue;
    const sql = `SELECT id FROM ${table} WHERE ${column} IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM ${of} WHERE ${where})`;
    for (const { id } of db.prepare(sql).all())
      yield { table, keys: [id as string | number], columns: [column] };
  }
}

const named: Partial<
  Record<SummedTable, readonly { column: string; of: SummedTable; where: string }[]>
> = {
  jobs: [
    { column: "spec_hash", of: "documents", where: "hash = spec_hash" },
    { column: "env_hash", of: "documents", where: "hash = env_hash" },
  ],
  attempts: [{ column: "receipt_hash", of: "receipts", where: "attempt = attempts.id" }],
};

/** Null: a table that a version before the checksums made, or that is not there. */
export function layoutIn(db: DatabaseSync, table: SummedTable): Layout | null {
  const names = db.prepare(`PRAGMA table_info(${table})`).all();
  const columns = names.map(({ name }) => String(name));
  if (!columns.includes("sums")) return null;
  return new Map(columns.filter((name) => name !== "sums").map((name, index) => [name, index]));
}

/** By its checksums, and JSON that does not parse. What is packed has always had a checksum. */
export function damageIn(table: SummedTable, layout: Layout, row: Row): string[] {
  const columns = new Set(damagedColumns(table, layout, row));
  for (const name of jsonColumns[table] ?? [])
    if (typeof row[name] === "string" && !isPacked(row[name]) && !isObject(row[name]))
      columns.add(name);
  return [...columns];
}

function isObject(text: unknown): boolean {
  try {
    return typeof JSON.parse(String(text)) === "object";
  } catch {
    return false;
  }
}
