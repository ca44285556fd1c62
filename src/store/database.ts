import { statSync } from "node:fs";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { RefusalError } from "../contract/problems.ts";
import { damagedRows, type DamagedRow } from "./damaged-rows.ts";
import { migrations, schemaVersion } from "./migrations.ts";
import { assertReadable, assertSqlite, busyMs, openFile } from "./opening.ts";
import { schemaDamage } from "./schema.ts";
import { asDamage, isStorageFailure } from "./sqlite-errors.ts";
import type { Row } from "./row.ts";
import { damagedColumns, type SummedTable } from "./sums.ts";
import { Summing } from "./summing.ts";

/** A statement that changed something, with its values. */
export type Statement = [sql: string, ...values: SQLInputValue[]];

/** What one transaction changed. Numbered without a gap, except for `skipTo`. */
export interface Commit {
  number: number;
  /** A power cut may undo it. */
  light: boolean;
  statements: Statement[];
}

export interface DatabaseOptions {
  /** Called for each commit before its caller gets the result. */
  onCommit?: (commit: Commit) => void;
  /** Migrates at most to this version. */
  schema?: number;
}

/** The greatest numbers that a store has assigned. */
export interface HighWater {
  jobs: number;
  events: number;
}

const countCommit = `INSERT INTO marks (name, value) VALUES ('commits', 1)
  ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`;

// Until its checkpoint the write-ahead log holds the only copy of its commits, so it is kept short.
const longestLogBytes = 1024 * 1024;

/**
 * One SQLite file in WAL mode with synchronous=FULL: what a call has committed
 * survives a power cut. One writer, this process; statements are prepared once.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #onCommit: ((commit: Commit) => void) | null;
  /** Of the transaction that is open. */
  #changes: Statement[] = [];
  #light = false;
  /** Why it was rolled back as a whole. */
  #rolledBack: unknown = null;
  readonly #summing: Summing;
  readonly #log: string;
  /** Of the log's length: another program may keep a checkpoint from emptying it. */
  #nextCheckpointBytes = longestLogBytes;
  /** Damage that was repaired when it was opened, or that does not prevent its use. */
  readonly notes: readonly string[];

  /** Opens, checks and migrates. Throws RefusalError `store_too_new` or `store_damaged`; nothing is changed then. */
  constructor(path: string, { onCommit, schema = schemaVersion }: DatabaseOptions = {}) {
    this.#db = openFile(path);
    this.#onCommit = onCommit ?? null;
    this.#log = `${path}-wal`;
    try {
      this.#db.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 0`,
      );
      assertSqlite(String(this.one("SELECT sqlite_version() AS v")?.["v"]));
      this.notes = assertReadable(this.#db, path);
      this.#summing = new Summing(this.#db);
      this.migrate(path, schema);
      // Rows that were rebuilt before had no triggers.
      if (this.notes.length > 0) this.#summing.fill("job_tags");
    } catch (error) {
      this.#db.close();
      throw asDamage(error, path);
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number } {
    if (!this.#db.isTransaction) return this.transaction(() => this.run(sql, ...values));
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
    this.#changes.push([sql, ...values]);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#read(sql, (statement) => statement.get(...values), toNumbers);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    const convert = (rows: Row[]) => rows.map((row) => toNumbers(row) ?? row);
    return this.#read<Row[]>(sql, (statement) => statement.all(...values), convert);
  }

  damagedRows(...tables: readonly SummedTable[]): DamagedRow[] {
    return [...damagedRows(this.#db, tables.length === 0 ? undefined : tables)];
  }

  /** The columns of a row, as `one` or `all` gave it with its key and `sums`, that are not what was written. */
  damaged(table: SummedTable, row: Row): string[] {
    return damagedColumns(table, this.#summing.layoutOf(table), row);
  }

  /** All or nothing, on the disk when it returns. An inner call joins the outer one. */
  transaction<T>(body: () => T): T {
    if (this.#db.isTransaction) return body();
    this.#db.exec("BEGIN IMMEDIATE");
    this.#changes = [];
    this.#rolledBack = null;
    let result: T;
    let number: number | null;
    try {
      result = body();
      this.#assertOpen();
      number =
        this.#changes.length === 0 ? null : Number(this.#prepared(countCommit).get()?.["value"]);
      this.#db.exec("COMMIT");
    } catch (error) {
      // A COMMIT that failed on a full disk leaves the transaction open or rolled back.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
    if (number !== null)
      this.#onCommit?.({ number, light: this.#light, statements: this.#changes });
    this.#shortenLog();
    return result;
  }

  /**
   * SQLite's own checkpoint leaves the log as it is until it is written from its start again. If a
   * page of that log is damaged later, the older pages before it replace newer ones of the file.
   */
  #shortenLog(): void {
    const bytes = lengthOf(this.#log);
    if (bytes < this.#nextCheckpointBytes) return;
    let isEmptied = false;
    try {
      isEmptied = this.checkpoint();
    } catch {
      // The commit is on the disk. Whatever keeps the log from being emptied is met again.
    }
    this.#nextCheckpointBytes = longestLogBytes + (isEmptied ? 0 : bytes);
  }

  /** The same, but a power cut may undo it; a crash of this process does not. For data that other records also have. */
  lightTransaction<T>(body: () => T): T {
    this.#db.exec("PRAGMA synchronous = NORMAL");
    this.#light = true;
    try {
      return this.transaction(body);
    } finally {
      this.#light = false;
      this.#db.exec("PRAGMA synchronous = FULL");
    }
  }

  /** A part of a transaction that can fail separately: its writes are undone, the rest stays. */
  part<T>(body: () => T): T {
    // After a part that rolled back everything, this one would be committed separately.
    this.#assertOpen();
    this.#db.exec("SAVEPOINT part");
    const before = this.#changes.length;
    try {
      const result = body();
      this.#db.exec("RELEASE part");
      return result;
    } catch (error) {
      // A full disk may have rolled back everything; then there is no savepoint to go back to.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK TO part; RELEASE part");
      else this.#rolledBack ??= error;
      this.#changes.length = before;
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#db.isTransaction) return;
    throw this.#rolledBack ?? new Error("the transaction was rolled back");
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** The number of its last commit. */
  get commits(): number {
    return this.mark("commits") ?? 0;
  }

  /** How many migrations it has had. */
  get schema(): number {
    return Number(this.one("PRAGMA user_version")?.["user_version"]);
  }

  mark(name: string): number | null {
    return markIn(this.#db, name);
  }

  /** The greatest numbers that were assigned; they are not reused, whatever was removed. */
  get high(): HighWater {
    const rows = this.all("SELECT name, seq FROM sqlite_sequence");
    const of = (name: string) => Number(rows.find((row) => row["name"] === name)?.["seq"] ?? 0);
    return { jobs: of("jobs"), events: of("events") };
  }

  /** Assigns none of the numbers up to these. */
  reserve(high: HighWater): void {
    const now = this.high;
    this.transaction(() => {
      for (const name of ["jobs", "events"] as const) {
        if (high[name] <= now[name]) continue;
        this.run("DELETE FROM sqlite_sequence WHERE name = ?", name);
        this.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", name, high[name]);
      }
    });
  }

  /** The next commit, which this is, has the number after this one. */
  skipTo(commits: number): void {
    this.run(
      `INSERT INTO marks (name, value) VALUES ('commits', ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      commits,
    );
  }

  /**
   * Checkpoints the write-ahead log into the database file. False if another program reads it at this
   * moment, which is not waited for, or if the disk is full.
   */
  checkpoint(): boolean {
    this.#db.exec("PRAGMA busy_timeout = 0");
    try {
      return this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
    } catch (error) {
      if (isStorageFailure(error)) return false;
      throw error;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${busyMs}`);
    }
  }

  /** Every statement that was used since it was opened. */
  get statements(): string[] {
    return [...this.#statements.keys()];
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  /** A changed bit can make an integer so large that Node returns it only as a BigInt. */
  #read<T>(sql: string, ask: (statement: StatementSync) => T, convert: (found: T) => T): T {
    const statement = this.#prepared(sql);
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

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Throws RefusalError `store_too_new`. */
  migrate(path: string, to = schemaVersion): void {
    const found = this.schema;
    if (found > schemaVersion) {
      throw new RefusalError({
        code: "store_too_new",
        details: { found, known: schemaVersion, path },
      });
    }
    this.#summing.begin();
    this.transaction(() => {
      for (const [index, { sql, move }] of migrations.entries()) {
        if (index < found || index >= to) continue;
        this.#db.exec(sql);
        move?.(this.#db);
        this.#db.exec(`PRAGMA user_version = ${index + 1}`);
      }
      this.#summing.migrated();
    });
    const damage = to < schemaVersion ? null : schemaDamage(this.#db);
    if (damage !== null)
      throw new RefusalError({ code: "store_damaged", details: { path, what: damage } });
  }
}

/** 0: there is none. */
const lengthOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Also of a database from before there were marks. */
export function markIn(db: DatabaseSync, name: string): number | null {
  const tables = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'marks'");
  if (tables.get() === undefined) return null;
  const row = db.prepare("SELECT value FROM marks WHERE name = ?").get(name);
  return row === undefined ? null : Number(row["value"]);
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
