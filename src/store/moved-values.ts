import type { DatabaseSync, StatementSync } from "node:sqlite";
import { damageIn, layoutIn } from "./damaged-rows.ts";
import type { Row } from "./row.ts";
import { bytesEach, firstSums, type SummedTable, withBroken } from "./sums.ts";

/**
 * For a migration that moves values to another table: no trigger keeps the checksums then. A value
 * that was damaged where it was is damaged where it is now.
 */
export class MovedValues {
  readonly #db: DatabaseSync;
  readonly #columns = new Map<SummedTable, string[]>();
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The damaged columns of a row. Null: a version without checksums wrote it, and it is judged later. */
  damageIn(table: SummedTable, row: Row): Set<string> | null {
    const { sums } = row;
    if (!(sums instanceof Uint8Array)) return null;
    // A column that a migration of the same run has appended has no checksum yet.
    const columns = this.#columnsOf(table).slice(0, sums.byteLength / bytesEach);
    return new Set(damageIn(table, new Map(columns.map((name, index) => [name, index])), row));
  }

  /** `values` in the order of the table's columns. `damaged`: some of these columns. */
  insert(
    table: SummedTable,
    values: readonly (string | number)[],
    damaged: ReadonlySet<string> | null,
  ): void {
    const broken = this.#columnsOf(table).flatMap((name, index) =>
      damaged?.has(name) === true ? [index] : [],
    );
    const sums = damaged === null ? null : withBroken(firstSums(table, values[0], values), broken);
    const places = values.map(() => "?").join(", ");
    this.#prepared(`INSERT INTO ${table} VALUES (${places}, ?)`).run(...values, sums);
  }

  /** Writes one column of the row that `key` names. */
  replace(table: SummedTable, key: string | number, column: string, value: string): void {
    const columns = this.#columnsOf(table);
    const pairs = columns.map((name) => `${name}, ${name === column ? "?1" : name}`).join(", ");
    this.#prepared(
      `UPDATE ${table} SET ${column} = ?1, sums = CASE WHEN sums IS NULL THEN NULL
         ELSE holdfast_next_sums('${table}', sums, ${pairs}) END WHERE ${columns[0]} = ?2`,
    ).run(value, key);
  }

  #columnsOf(table: SummedTable): string[] {
    let columns = this.#columns.get(table);
    if (columns === undefined) {
      columns = [...(layoutIn(this.#db, table)?.keys() ?? [])];
      this.#columns.set(table, columns);
    }
    return columns;
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
