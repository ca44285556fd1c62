import type { DatabaseSync } from "node:sqlite";
import { layoutIn } from "./damaged-rows.ts";
import {
  firstSums,
  jsonColumns,
  nextSums,
  summedTables,
  whereRow,
  withBroken,
  type Layout,
  type SummedTable,
  type Value,
} from "./sums.ts";

const tables = Object.keys(summedTables) as SummedTable[];

/**
 * Keeps the checksums of all rows that this connection writes. Triggers do it, so that no query
 * can forget to; they are temporary, so that the file needs no function of Holdfast to be read or
 * mended with SQLite's own tools. What those write shows as damaged.
 */
export class Summing {
  readonly #db: DatabaseSync;
  #layouts = new Map<SummedTable, Layout>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    // With recursion a trigger would be called for its own update.
    db.exec("PRAGMA recursive_triggers = OFF");
    const options = { varargs: true, deterministic: true, useBigIntArguments: true };
    // The first column of each of these tables is (part of) the name of its rows.
    db.function("holdfast_first_sums", options, (table, ...values) =>
      firstSums(String(table), values[0], values),
    );
    db.function("holdfast_next_sums", options, (table, sums, ...pairs) =>
      nextSums(String(table), pairs[0], sums, pairs),
    );
    db.function("holdfast_checked_sums", options, (table, ...values) =>
      checkedSums(table as SummedTable, values, this.layoutOf(table as SummedTable)),
    );
  }

  layoutOf(table: SummedTable): Layout {
    const layout = this.#layouts.get(table);
    if (layout === undefined) throw new Error(`${table} has no checksums`);
    return layout;
  }

  /** After a migration: rows that have no checksums yet, or too few, get theirs. */
  migrated(): void {
    const before = this.#layouts;
    this.#layouts = this.#readLayouts();
    for (const [table, layout] of this.#layouts) {
      const columns = [...layout.keys()];
      const had = before.get(table)?.size;
      if (had === undefined)
        this.#db.exec(
          `UPDATE ${table} SET sums = holdfast_checked_sums('${table}', ${columns.join(", ")})
             WHERE sums IS NULL`,
        );
      else if (had !== columns.length)
        this.#db.exec(
          `UPDATE ${table} SET sums = holdfast_next_sums('${table}', sums, ${columns.map((name) => `${name}, ${name}`).join(", ")})`,
        );
    }
    this.#watch();
  }

  /** Rows that were written without the triggers. */
  fill(table: SummedTable): void {
    const layout = this.#layouts.get(table);
    if (layout === undefined) return;
    const columns = [...layout.keys()].join(", ");
    this.#db.exec(
      `UPDATE ${table} SET sums = holdfast_first_sums('${table}', ${columns}) WHERE sums IS NULL`,
    );
  }

  /** As the tables are now, before a migration. */
  begin(): void {
    for (const table of tables)
      this.#db.exec(
        `DROP TRIGGER IF EXISTS temp.${table}_inserted; DROP TRIGGER IF EXISTS temp.${table}_updated`,
      );
    this.#layouts = this.#readLayouts();
  }

  /** From now on every write keeps the checksums. A row that is inserted with its own keeps those. */
  #watch(): void {
    for (const [table, layout] of this.#layouts) {
      const where = whereRow(table, (column) => `NEW.${column}`);
      const columns = [...layout.keys()];
      const list = (prefix: string) => columns.map((name) => `${prefix}.${name}`).join(", ");
      const pairs = columns.map((name) => `OLD.${name}, NEW.${name}`).join(", ");
      this.#db.exec(`
        CREATE TEMP TRIGGER ${table}_inserted AFTER INSERT ON main.${table} WHEN NEW.sums IS NULL BEGIN
          UPDATE ${table} SET sums = holdfast_first_sums('${table}', ${list("NEW")}) WHERE ${where};
        END;
        CREATE TEMP TRIGGER ${table}_updated AFTER UPDATE ON main.${table} WHEN NEW.sums IS OLD.sums BEGIN
          UPDATE ${table} SET sums = holdfast_next_sums('${table}', OLD.sums, ${pairs}) WHERE ${where};
        END;`);
    }
  }

  /** Of those tables that have checksums in this version. */
  #readLayouts(): Map<SummedTable, Layout> {
    return new Map(
      tables.flatMap((table): [SummedTable, Layout][] => {
        const layout = layoutIn(this.#db, table);
        return layout === null ? [] : [[table, layout]];
      }),
    );
  }
}

function checkedSums(table: SummedTable, values: readonly unknown[], layout: Layout): Uint8Array {
  const broken = (jsonColumns[table] ?? []).flatMap((name) => {
    const column = layout.get(name);
    // A later migration adds it.
    if (column === undefined) return [];
    return values[column] === null || isJson(values[column]) ? [] : [column];
  });
  return withBroken(firstSums(table, values[0] as Value, values as Value[]), broken);
}

function isJson(value: unknown): boolean {
  try {
    return typeof JSON.parse(String(value)) === "object";
  } catch {
    return false;
  }
}
