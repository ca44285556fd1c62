import type { DatabaseSync } from "node:sqlite";
import {
  firstSums,
  jsonColumns,
  nextSums,
  summedTables,
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
  readonly #since: number;
  #layouts = new Map<SummedTable, Layout>();

  /** `since`: the version of the database that brought the checksums. */
  constructor(db: DatabaseSync, since: number) {
    this.#db = db;
    this.#since = since;
    // With recursion a trigger would be called for its own update.
    db.exec("PRAGMA recursive_triggers = OFF");
    const options = { varargs: true, deterministic: true, useBigIntArguments: true };
    // The first column of each of these tables names its rows.
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

  /** After a migration from `found`: rows that have no checksums yet, or too few, get theirs. */
  migrated(found: number, now: number): void {
    if (now < this.#since) return;
    const before = this.#layouts;
    this.#layouts = new Map(tables.map((table) => [table, this.#readLayout(table)]));
    for (const table of tables) {
      const columns = [...this.layoutOf(table).keys()];
      if (found < this.#since)
        this.#db.exec(
          `UPDATE ${table} SET sums = holdfast_checked_sums('${table}', ${columns.join(", ")})`,
        );
      else if (before.get(table)?.size !== columns.length)
        this.#db.exec(
          `UPDATE ${table} SET sums = holdfast_next_sums('${table}', sums, ${columns.map((name) => `${name}, ${name}`).join(", ")})`,
        );
    }
    this.#watch();
  }

  /** As the tables are now, before a migration. Without checksums there is none. */
  begin(found: number): void {
    for (const table of tables)
      this.#db.exec(
        `DROP TRIGGER IF EXISTS temp.${table}_inserted; DROP TRIGGER IF EXISTS temp.${table}_updated`,
      );
    this.#layouts = new Map(
      found < this.#since ? [] : tables.map((table) => [table, this.#readLayout(table)]),
    );
  }

  /** From now on every write keeps the checksums. A row that is inserted with its own keeps those. */
  #watch(): void {
    for (const table of tables) {
      const key = summedTables[table];
      const columns = [...this.layoutOf(table).keys()];
      const list = (prefix: string) => columns.map((name) => `${prefix}.${name}`).join(", ");
      const pairs = columns.map((name) => `OLD.${name}, NEW.${name}`).join(", ");
      this.#db.exec(`
        CREATE TEMP TRIGGER ${table}_inserted AFTER INSERT ON main.${table} WHEN NEW.sums IS NULL BEGIN
          UPDATE ${table} SET sums = holdfast_first_sums('${table}', ${list("NEW")}) WHERE ${key} = NEW.${key};
        END;
        CREATE TEMP TRIGGER ${table}_updated AFTER UPDATE ON main.${table} WHEN NEW.sums IS OLD.sums BEGIN
          UPDATE ${table} SET sums = holdfast_next_sums('${table}', OLD.sums, ${pairs}) WHERE ${key} = NEW.${key};
        END;`);
    }
  }

  #readLayout(table: SummedTable): Layout {
    const names = this.#db
      .prepare(`PRAGMA main.table_info(${table})`)
      .all()
      .map(({ name }) => String(name))
      .filter((name) => name !== "sums");
    return new Map(names.map((name, index) => [name, index]));
  }
}

function checkedSums(table: SummedTable, values: readonly unknown[], layout: Layout): Uint8Array {
  const broken = (jsonColumns[table] ?? []).flatMap((name) => {
    const column = layout.get(name) ?? -1;
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
