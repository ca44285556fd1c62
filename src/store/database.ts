import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { RefusalError } from "../contract/problems.ts";
import allocations from "./migrations/009-allocations.sql" with { type: "text" };
import gpus from "./migrations/006-gpus.sql" with { type: "text" };
import history from "./migrations/004-history.sql" with { type: "text" };
import initial from "./migrations/001-initial.sql" with { type: "text" };
import escapes from "./migrations/003-escapes.sql" with { type: "text" };
import limits from "./migrations/002-limits.sql" with { type: "text" };
import marks from "./migrations/007-marks.sql" with { type: "text" };
import retries from "./migrations/005-retries.sql" with { type: "text" };
import namespaces from "./migrations/012-pid-namespaces.sql" with { type: "text" };
import seals from "./migrations/008-seals.sql" with { type: "text" };

/** In order; the database's `user_version` is the number of those it has had. */
const migrations = [
  initial,
  limits,
  escapes,
  history,
  retries,
  gpus,
  marks,
  seals,
  allocations,
  namespaces,
];

export const schemaVersion = migrations.length;

export type Row = Record<string, unknown>;

// Checked in a tenth of a second.
const checkedBytes = 64 * 1024 * 1024;

// Before 3.51.3 a reset WAL could be read as if it were not (sqlite.org, "WAL-reset bug").
const oldestSqlite = [3, 51, 3];

/**
 * One SQLite file in WAL mode with synchronous=FULL: what a call has committed
 * survives a power cut. One writer, this process; statements are prepared once.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens, checks and migrates. Throws RefusalError `store_too_new` or `store_damaged`; nothing is changed then. */
  constructor(path: string) {
    this.#db = openFile(path);
    try {
      this.#db.exec(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
      );
      assertSqlite(String(this.one("SELECT sqlite_version() AS v")?.["v"]));
      this.#assertReadable(path);
      this.#migrate(path);
    } catch (error) {
      this.#db.close();
      throw asDamage(error, path);
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number } {
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values);
  }

  /** All or nothing, on the disk when it returns. An inner call joins the outer one. */
  transaction<T>(body: () => T): T {
    if (this.#db.isTransaction) return body();
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = body();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      // A COMMIT that failed on a full disk leaves the transaction open or rolled back.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** The same, but a power cut may undo it; a crash of this process does not. For what other records tell again. */
  lightTransaction<T>(body: () => T): T {
    this.#db.exec("PRAGMA synchronous = NORMAL");
    try {
      return this.transaction(body);
    } finally {
      this.#db.exec("PRAGMA synchronous = FULL");
    }
  }

  /** A part of a transaction that can fail by itself: what it wrote is undone, the rest stays. */
  part<T>(body: () => T): T {
    this.#db.exec("SAVEPOINT part");
    try {
      const result = body();
      this.#db.exec("RELEASE part");
      return result;
    } catch (error) {
      // A full disk may have rolled back everything; then there is no savepoint to go back to.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK TO part; RELEASE part");
      throw error;
    }
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** A damaged page may lie where nobody looks for weeks; so all are looked at while that takes no time. */
  #assertReadable(path: string): void {
    const pages = Number(this.one("PRAGMA page_count")?.["page_count"]);
    const pageBytes = Number(this.one("PRAGMA page_size")?.["page_size"]);
    if (pages * pageBytes > checkedBytes) return;
    const found = String(this.one("PRAGMA quick_check(1)")?.["quick_check"]);
    if (found === "ok") return;
    throw new RefusalError({ code: "store_damaged", details: { path, what: found } });
  }

  #migrate(path: string): void {
    const found = Number(this.one("PRAGMA user_version")?.["user_version"]);
    if (found > schemaVersion) {
      throw new RefusalError({
        code: "store_too_new",
        details: { found, known: schemaVersion, path },
      });
    }
    for (const [index, sql] of migrations.entries()) {
      if (index < found) continue;
      this.transaction(() => {
        this.#db.exec(sql);
        this.#db.exec(`PRAGMA user_version = ${index + 1}`);
      });
    }
  }
}

function openFile(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 5000 });
  } catch (error) {
    throw asDamage(error, path);
  }
}

// SQLITE_CORRUPT, SQLITE_NOTADB
const damageCodes = new Set([11, 26]);

function asDamage(error: unknown, path: string): unknown {
  const { errcode, message } = error as { errcode?: number; message?: string };
  if (errcode === undefined || !damageCodes.has(errcode & 0xff)) return error;
  return new RefusalError(
    { code: "store_damaged", details: { path, what: message ?? "" } },
    { cause: error },
  );
}

function assertSqlite(found: string): void {
  const parts = found.split(".").map(Number);
  for (const [index, wanted] of oldestSqlite.entries()) {
    const part = parts[index] ?? 0;
    if (part > wanted) return;
    if (part < wanted) throw new Error(`SQLite ${found} is older than ${oldestSqlite.join(".")}`);
  }
}

// READONLY, IOERR, CANTOPEN
const failureCodes = new Set([8, 10, 14]);

/** Whether an error says that the disk takes no writes, for want of room or for another reason. */
export function isStorageFailure(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: number; code?: string };
  return (
    isStorageFull(error) ||
    (errcode !== undefined && failureCodes.has(errcode & 0xff)) ||
    code === "EIO" ||
    code === "EROFS"
  );
}

/** Whether an error says that there is no room: SQLite's own code or the system's. */
export function isStorageFull(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: number; code?: string };
  return (
    (errcode !== undefined && (errcode & 0xff) === 13) || code === "ENOSPC" || code === "EDQUOT"
  );
}
