import { CheckedRow } from "./checked-row.ts";
import type { Connection } from "./connection.ts";
import type { Row } from "./row.ts";

/** Lists read these; `id` names their rows. */
type CachedTable = "jobs" | "attempts";

/** More than a page of a list has, so that the next list of the same jobs finds all of them. */
const keptRows = 1024;

/**
 * The rows of a table that were verified last. A row that is read again and equals the verified row,
 * value by value, is what was written: neither its checksums nor its JSON are computed again. Every
 * other row is verified, and a damaged row is not kept. Returned rows are shared and frozen.
 */
export class CheckedRows {
  readonly #db: Connection;
  readonly #table: CachedTable;
  readonly #kept = new Map<unknown, { row: Row; checked: CheckedRow }>();

  constructor(db: Connection, table: CachedTable) {
    this.#db = db;
    this.#table = table;
  }

  /** All rows have to be read with the same columns. */
  check(row: Row): CheckedRow {
    const key = row["id"];
    const kept = this.#kept.get(key);
    if (kept !== undefined && isSame(row, kept.row)) return kept.checked;
    const checked = new CheckedRow(this.#db, this.#table, row);
    this.#kept.delete(key);
    if (checked.damaged.length > 0) return checked;
    checked.freeze();
    this.#kept.set(key, { row, checked });
    if (this.#kept.size > keptRows) this.#kept.delete(this.#kept.keys().next().value);
    return checked;
  }
}

/** Checksums are not compared: if no value differs, they add nothing. */
function isSame(row: Row, verified: Row): boolean {
  for (const name in row) if (row[name] !== verified[name] && name !== "sums") return false;
  return true;
}
