import type { Connection } from "./connection.ts";
import type { Row } from "./row.ts";
import { isNameOf } from "./content-hash.ts";
import { unpack } from "./packed-text.ts";
import { jsonColumns, namedByHash, type SummedTable } from "./sums.ts";

/**
 * One row as it was read, and which of its columns can be relied on. A damaged value is never given
 * out as if it were what was written: JSON becomes null, and the column is in `damaged`.
 */
export class CheckedRow {
  readonly #row: Row;
  readonly #damaged: Set<string>;
  readonly #parsed = new Map<string, unknown>();
  #made: object | null = null;
  /** The texts that were parsed. */
  readonly #unpacked = new Map<string, string>();

  constructor(db: Connection, table: SummedTable, row: Row) {
    this.#row = row;
    this.#damaged = new Set(db.damaged(table, row));
    for (const name of jsonColumns[table] ?? []) {
      const stored = row[name];
      if (typeof stored !== "string") continue;
      const text = unpack(stored);
      if (text !== null) this.#unpacked.set(name, text);
      const value = text === null ? undefined : parse(text);
      if (value === undefined) this.#damaged.add(name);
      else this.#parsed.set(name, value);
    }
    this.#checkNamed(table);
  }

  /** A value that the row names by its hash is the row's own to those who read it. */
  #checkNamed(table: SummedTable): void {
    for (const { hash, value } of namedByHash[table] ?? []) {
      const isDamaged = this.#damaged.delete(hash);
      if (!(value in this.#row)) {
        if (isDamaged) this.#damaged.add(value);
        continue;
      }
      const text = this.#unpacked.get(value);
      const isIts = text !== undefined && isNameOf(this.#row[hash], text);
      if (isDamaged || !isIts) this.#damaged.add(value);
    }
  }

  /** For a row that is returned more than once: changes to its values do not reach the next reader. */
  freeze(): void {
    for (const value of this.#parsed.values()) freezeDeep(value);
  }

  /**
   * What `make` makes of a sound row, made once: it is the same object as long as the row that is read is
   * the same, and cannot be changed. Each row has one `make`.
   */
  once<T extends object>(make: (row: this) => T): T {
    if (this.#damaged.size > 0) return make(this);
    this.#made ??= Object.freeze(make(this));
    return this.#made as T;
  }

  /** Names of the row's fields, as the rest of the program calls them. */
  get damaged(): string[] {
    return [...this.#damaged].map(fieldName);
  }

  isDamaged(column: string): boolean {
    return this.#damaged.has(column);
  }

  text(column: string): string | null {
    const value = this.#unpacked.get(column) ?? this.#row[column];
    return value === null || value === undefined ? null : String(value);
  }

  number(column: string): number | null {
    const value = this.#row[column];
    return value === null || value === undefined ? null : Number(value);
  }

  /** Null also if it is damaged. */
  json(column: string): unknown {
    return this.#damaged.has(column) ? null : (this.#parsed.get(column) ?? null);
  }

  /** For showing, also where it is damaged; undefined if nothing can be made of it. */
  readable(column: string): unknown {
    return this.#parsed.get(column);
  }
}

function freezeDeep(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeep(part);
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `gpu_uuids` is `gpuUuids`. */
export function fieldName(column: string): string {
  return column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
