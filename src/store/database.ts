import type { SQLInputValue } from "node:sqlite";
import { RefusalError } from "../contract/problems.ts";
import { Connection } from "./connection.ts";
import { damagedRows, type DamagedRow } from "./damaged-rows.ts";
import { markIn } from "./mark-in.ts";
import { migrations, schemaVersion } from "./migrations.ts";
import { assertReadable, assertSqlite, openFile } from "./opening.ts";
import { schemaDamage } from "./schema.ts";
import { asDamage, isDamage } from "./sqlite-errors.ts";
import type { Layout, SummedTable } from "./sums.ts";
import { Summing } from "./summing.ts";
import { Totals } from "./totals.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

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

/**
 * One SQLite file in WAL mode with synchronous=FULL: what a call has committed
 * survives a power cut. One writer, this process; statements are prepared once.
 */
export class Database extends Connection {
  readonly #onCommit: ((commit: Commit) => void) | null;
  /** Of the transaction that is open. */
  #changes: Statement[] = [];
  #light = false;
  /** Why it was rolled back as a whole. */
  #rolledBack: unknown = null;
  readonly #summing: Summing;
  readonly #log: WriteAheadLog;
  /** Damage that was repaired when it was opened, or that does not prevent its use. */
  readonly notes: readonly string[];
  /** Null: of an earlier version, or an index is damaged. */
  readonly totals: Totals | null;

  /** Opens, checks and migrates. Throws RefusalError `store_too_new` or `store_damaged`; nothing is changed then. */
  constructor(path: string, { onCommit, schema = schemaVersion }: DatabaseOptions = {}) {
    super(openFile(path));
    this.#onCommit = onCommit ?? null;
    this.#log = new WriteAheadLog(this.db, path);
    try {
      this.db.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 0`,
      );
      assertSqlite(String(this.one("SELECT sqlite_version() AS v")?.["v"]));
      this.notes = assertReadable(this.db, path);
      this.#summing = new Summing(this.db);
      this.migrate(path, schema);
      // Rows that were rebuilt before had no triggers.
      if (this.notes.length > 0) this.#summing.fill("job_tags");
      this.totals = schema < schemaVersion ? null : this.#totals();
    } catch (error) {
      this.db.close();
      throw asDamage(error, path);
    }
  }

  #totals(): Totals | null {
    try {
      return new Totals(this.db);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return null;
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number } {
    if (!this.db.isTransaction) return this.transaction(() => this.run(sql, ...values));
    const { changes, lastInsertRowid } = this.prepared(sql).run(...values);
    this.#changes.push([sql, ...values]);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  damagedRows(...tables: readonly SummedTable[]): DamagedRow[] {
    return [...damagedRows(this.db, tables.length === 0 ? undefined : tables)];
  }

  /** All or nothing, on the disk when it returns. An inner call joins the outer one. */
  transaction<T>(body: () => T): T {
    if (this.db.isTransaction) return body();
    this.db.exec("BEGIN IMMEDIATE");
    this.#changes = [];
    this.#rolledBack = null;
    let result: T;
    let number: number | null;
    try {
      result = body();
      this.#assertOpen();
      number =
        this.#changes.length === 0 ? null : Number(this.prepared(countCommit).get()?.["value"]);
      this.db.exec("COMMIT");
    } catch (error) {
      // A COMMIT that failed on a full disk leaves the transaction open or rolled back.
      if (this.db.isTransaction) this.db.exec("ROLLBACK");
      throw error;
    }
    if (number !== null)
      this.#onCommit?.({ number, light: this.#light, statements: this.#changes });
    this.#log.shorten();
    return result;
  }

  /** The same, but a power cut may undo it; a crash of this process does not. For data that other records also have. */
  lightTransaction<T>(body: () => T): T {
    this.db.exec("PRAGMA synchronous = NORMAL");
    this.#light = true;
    try {
      return this.transaction(body);
    } finally {
      this.#light = false;
      this.db.exec("PRAGMA synchronous = FULL");
    }
  }

  /** A part of a transaction that can fail separately: its writes are undone, the rest stays. */
  part<T>(body: () => T): T {
    // After a part that rolled back everything, this one would be committed separately.
    this.#assertOpen();
    this.db.exec("SAVEPOINT part");
    const before = this.#changes.length;
    try {
      const result = body();
      this.db.exec("RELEASE part");
      return result;
    } catch (error) {
      // A full disk may have rolled back everything; then there is no savepoint to go back to.
      if (this.db.isTransaction) this.db.exec("ROLLBACK TO part; RELEASE part");
      else this.#rolledBack ??= error;
      this.#changes.length = before;
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.db.isTransaction) return;
    throw this.#rolledBack ?? new Error("the transaction was rolled back");
  }

  get inTransaction(): boolean {
    return this.db.isTransaction;
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
    return markIn(this.db, name);
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

  /** Puts the write-ahead log into the database file. False: a reader needs it now, or the disk is full. */
  checkpoint(): boolean {
    return this.#log.checkpoint();
  }

  protected override layoutOf(table: SummedTable): Layout {
    return this.#summing.layoutOf(table);
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
        this.db.exec(sql);
        move?.(this.db);
        this.db.exec(`PRAGMA user_version = ${index + 1}`);
      }
      this.#summing.migrated();
    });
    const damage = to < schemaVersion ? null : schemaDamage(this.db);
    if (damage !== null)
      throw new RefusalError({ code: "store_damaged", details: { path, what: damage } });
  }
}
