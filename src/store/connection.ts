import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { layoutIn } from "./damaged-rows.ts";
import { addUnpacking } from "./packed-text.ts";
import type { Row } from "./row.ts";
import { damagedColumns, type Layout, type SummedTable } from "./sums.ts";

/** What can be read over one connection to a database. Statements are prepared once. */
export class Connection {
  protected readonly db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #layouts = new Map<SummedTable, Layout>();

  constructor(db: DatabaseSync) {
    this.db = db;
    addUnpacking(db);
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#read(sql, (statement) => statement.get(...values), toNumbers);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    const convert = (rows: Row[]) => rows.map((row) => toNumbers(row) ?? row);
    return this.#read<Row[]>(sql, (statement) => statement.all(...values), convert);
  }

  /** The columns of a row, as `one` or `all` gave it with its key and `sums`, that are not what was written. */
  damaged(table: SummedTable, row: Row): string[] {
    return damagedColumns(table, this.layoutOf(table), row);
  }

  protected layoutOf(table: SummedTable): Layout {
    const known = this.#layouts.get(table) ?? layoutIn(this.db, table);
    if (known === null) throw new Error(`${table} has no checksums`);
    this.#layouts.set(table, known);
    return known;
  }

  /** Every statement that was used since it was opened. */
  get statements(): string[] {
    return [...this.#statements.keys()];
  }

  close(): void {
    this.#statements.clear();
    this.db.close();
  }

  protected prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** A changed bit can make an integer so large that Node returns it only as a BigInt. */
  #read<T>(sql: string, ask: (statement: StatementSync) => T, convert: (found: T) => T): T {
    const statement = this.prepared(sql);
    try {
      return ask(statement);
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_OUT_OF_RANGE") throw error;
      statement.setReadBigInts(true);
      try {
        return convert(ask(statement));
      } finally {
        statement.setReadBigInts(false);
      }
    }
  }
}

function toNumbers(row: Row | undefined): Row | undefined {
  if (row === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "bigint" ? Number(value) : value,
    ]),
  );
}
