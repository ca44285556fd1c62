import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { liveStates, type State } from "../job/states.ts";

/** Of the ended jobs, and of every receipt. */
export interface HistoryTotals {
  endedJobs: number;
  outputBytes: number;
}

/** A total that is added up in the order of an index: rows up to the place of the last one are in it. */
interface Total {
  name: keyof HistoryTotals;
  table: string;
  /** The columns of its index. */
  order: readonly [string, string];
  /** Of one row, by its columns with this prefix. */
  value: (prefix: string) => string;
  isIn: (prefix: string) => string;
}

const totals: readonly Total[] = [
  {
    name: "endedJobs",
    table: "jobs",
    order: ["ended_at_ms", "id"],
    value: () => "1",
    isIn: (prefix) => `${prefix}ended_at_ms IS NOT NULL`,
  },
  {
    name: "outputBytes",
    table: "receipts",
    order: ["output_bytes", "rowid"],
    // Negative in receipts of earlier versions, if a job had emptied its output after a part was dropped.
    value: (prefix) => `max(${prefix}output_bytes, 0)`,
    isIn: () => "TRUE",
  },
];

const live = liveStates.map((state) => `'${state}'`).join(", ");
/** Behind every row. */
const end = 2n ** 63n - 1n;
/** Before every row, one with a negative number included. */
const start = -(2n ** 63n);

/**
 * Counts that would otherwise be made by reading as many rows as there are. Temporary tables have
 * them, and temporary triggers keep them: a change of a row and of its count are one transaction, and
 * are undone together. The jobs that have not ended are counted at once; the history is counted in
 * small steps, when its totals are needed.
 */
export class Totals {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(`
      CREATE TEMP TABLE live_jobs (state TEXT PRIMARY KEY, jobs INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TEMP TABLE history_totals (
        name TEXT PRIMARY KEY, value INTEGER NOT NULL, at_1 INTEGER NOT NULL, at_2 INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TEMP TRIGGER live_jobs_inserted AFTER INSERT ON main.jobs BEGIN
        UPDATE live_jobs SET jobs = jobs + 1 WHERE state = NEW.state;
      END;
      CREATE TEMP TRIGGER live_jobs_moved AFTER UPDATE OF state ON main.jobs BEGIN
        UPDATE live_jobs SET jobs = jobs - 1 WHERE state = OLD.state;
        UPDATE live_jobs SET jobs = jobs + 1 WHERE state = NEW.state;
      END;
      CREATE TEMP TRIGGER live_jobs_deleted AFTER DELETE ON main.jobs BEGIN
        UPDATE live_jobs SET jobs = jobs - 1 WHERE state = OLD.state;
      END;`);
    for (const state of liveStates)
      this.#prepared("INSERT INTO live_jobs VALUES (?, 0)").run(state);
    this.#prepared(
      `UPDATE live_jobs SET jobs = counted.n FROM (
         SELECT state, count(*) AS n FROM jobs INDEXED BY jobs_by_state
           WHERE state IN (${live}) GROUP BY state) AS counted
         WHERE live_jobs.state = counted.state`,
    ).run();
    for (const total of totals) this.#watch(total);
  }

  /** How many jobs are in each state of those that have not ended. */
  live(): Map<State, number> {
    const rows = this.#prepared("SELECT state, jobs FROM live_jobs").all();
    return new Map(rows.map((row) => [row["state"] as State, Number(row["jobs"])]));
  }

  /** Null: `count` has not come to the end yet. */
  history(): HistoryTotals | null {
    const rows = this.#prepared(`SELECT name, value FROM history_totals WHERE at_1 = ${end}`).all();
    const value = (wanted: string) => rows.find(({ name }) => name === wanted)?.["value"];
    const [endedJobs, outputBytes] = totals.map(({ name }) => value(name));
    if (endedJobs === undefined || outputBytes === undefined) return null;
    return { endedJobs: Number(endedJobs), outputBytes: Number(outputBytes) };
  }

  /** Counts at most `rows` more rows of the history. Returns the totals when all are counted. */
  count(rows: number): HistoryTotals | null {
    for (const total of totals) if (!this.#countOf(total, rows)) return null;
    return this.history();
  }

  /**
   * Reads an index and no rows. False: there are more. Equal values are a range of their own: SQLite
   * compares a pair of columns with a place by reading every entry that has the same first column.
   */
  #countOf(total: Total, rows: number): boolean {
    const { name } = total;
    const sql = "SELECT at_1, at_2 FROM history_totals WHERE name = ?";
    const [first = end, second = end] = this.#numbers(sql, name) ?? [];
    if (first === end) return true;
    const [a, b] = total.order;
    const equal = `${a} = ? AND ${b} > ?`;
    const same = this.#place(total, equal, [first, second], rows);
    if (same !== null) {
      const found = this.#sum(total, `${equal} AND ${b} <= ?`, first, second, same[1]);
      return this.#countedTo(name, found, same);
    }
    const rest = this.#sum(total, equal, first, second);
    const next = this.#place(total, `${a} > ?`, [first], rows);
    if (next === null)
      return this.#countedTo(name, rest + this.#sum(total, `${a} > ?`, first), [end, end]);
    const between = this.#sum(total, `${a} > ? AND ${a} < ?`, first, next[0]);
    const upTo = this.#sum(total, `${a} = ? AND ${b} <= ?`, ...next);
    return this.#countedTo(name, rest + between + upTo, next);
  }

  /** Of the row that is `rows` behind; null: there are fewer. */
  #place(
    { table, order, isIn }: Total,
    range: string,
    values: readonly bigint[],
    rows: number,
  ): readonly [bigint, bigint] | null {
    const [a, b] = order;
    const found = this.#numbers(
      `SELECT ${a} AS at_1, ${b} AS at_2 FROM ${table} WHERE ${isIn("")} AND ${range}
         ORDER BY ${a}, ${b} LIMIT 1 OFFSET ?`,
      ...values,
      rows - 1,
    );
    return found === null ? null : [found[0] ?? end, found[1] ?? end];
  }

  #sum({ table, value, isIn }: Total, range: string, ...values: readonly bigint[]): bigint {
    const sql = `SELECT coalesce(sum(${value("")}), 0) AS value FROM ${table} WHERE ${isIn("")} AND ${range}`;
    return this.#numbers(sql, ...values)?.[0] ?? 0n;
  }

  /** Returns whether that is all. */
  #countedTo(name: string, found: bigint, place: readonly [bigint, bigint]): boolean {
    const sql = "UPDATE history_totals SET value = value + ?, at_1 = ?, at_2 = ? WHERE name = ?";
    this.#prepared(sql).run(found, ...place, name);
    return place[0] === end;
  }

  /** Of the first row; null: there is none. A changed bit can make a number larger than Node's own. */
  #numbers(sql: string, ...values: SQLInputValue[]): bigint[] | null {
    const statement = this.#prepared(sql);
    statement.setReadBigInts(true);
    const row = statement.get(...values);
    return row === undefined ? null : Object.values(row).map((value) => value as bigint);
  }

  #watch({ name, table, order, value, isIn }: Total): void {
    this.#prepared("INSERT INTO history_totals VALUES (?, 0, ?, ?)").run(name, start, start);
    const change = (sign: "+" | "-", prefix: "OLD." | "NEW.") => {
      const place = order.map((column) => prefix + column).join(", ");
      return `UPDATE history_totals SET value = value ${sign} ${value(prefix)}
        WHERE name = '${name}' AND ${isIn(prefix)} AND (${place}) <= (at_1, at_2);`;
    };
    this.#db.exec(`
      CREATE TEMP TRIGGER ${table}_added AFTER INSERT ON main.${table} BEGIN
        ${change("+", "NEW.")}
      END;
      CREATE TEMP TRIGGER ${table}_changed AFTER UPDATE OF ${order[0]} ON main.${table} BEGIN
        ${change("-", "OLD.")}
        ${change("+", "NEW.")}
      END;
      CREATE TEMP TRIGGER ${table}_removed AFTER DELETE ON main.${table} BEGIN
        ${change("-", "OLD.")}
      END;`);
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
