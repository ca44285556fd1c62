import type { JobSpec } from "../job/spec.ts";
import type { State } from "../job/states.ts";
import { CheckedRow } from "./checked-row.ts";
import { CheckedRows } from "./checked-rows.ts";
import type { Connection } from "./connection.ts";
import type { EventReads } from "./event-reads.ts";
import type { JobFilter } from "./job-filter.ts";
import { idsByIndexes, stateInIndex, strangeIds } from "./job-indexes.ts";
import { stateBeside, toJob, unreadableRow } from "./job-row.ts";
import { endOfStep, listQuery, sizeQuery, withSpec } from "./list-query.ts";
import type { Row } from "./row.ts";
import type { JobRow } from "./rows.ts";
import { isDamage } from "./sqlite-errors.ts";

const columns = [
  "id",
  "state",
  "reason",
  "message",
  "name",
  "priority",
  "gpus",
  "spec_hash",
  "created_at_ms",
  "started_at_ms",
  "ended_at_ms",
  "stop_reason",
  "outcome",
  "attempt",
  "retry_of",
  "wait_from_ms",
  "wait_until_ms",
  "uuid",
  "sums",
];
/** Of every query for whole jobs. */
const select = `SELECT ${columns.map((column) => `jobs.${column}`).join(", ")}, documents.document AS spec`;

export interface ListSize {
  jobs: number;
  /** Of these jobs. */
  ended: number;
  /** Of their values that have no other limit. */
  bytes: number;
}

/** Queries over jobs. A damaged job is among what they find, with what is certain about it. */
export class JobReads {
  readonly #db: Connection;
  readonly #events: EventReads;
  readonly #rows: CheckedRows;
  /**
   * Jobs with a specification, or an environment, on a damaged page. SQLite commits no transaction that met
   * such a page, so it is not read a second time: the next try to record something of the job succeeds.
   */
  readonly #lostSpecs = new Set<number>();
  readonly #lostEnvironments = new Set<number>();

  constructor(db: Connection, events: EventReads) {
    this.#db = db;
    this.#rows = new CheckedRows(db, "jobs");
    this.#events = events;
  }

  get(id: number): JobRow | null {
    if (this.#lostSpecs.has(id)) return this.#withoutSpec(id) ?? this.#unreadable(id);
    try {
      const row = this.#db.one(`${select} FROM jobs ${withSpec} WHERE id = ?`, id);
      return row === undefined ? null : this.#toJob(row);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#lostSpecs.add(id);
      return this.#withoutSpec(id) ?? this.#unreadable(id);
    }
  }

  /** It is not known from now on. */
  protected loseEnvironmentOf(id: number): void {
    this.#lostEnvironments.add(id);
  }

  /** The page of its specification is damaged, or that of its own row. */
  #withoutSpec(id: number): JobRow | null {
    try {
      const row = this.#db.one(`SELECT ${columns.join(", ")} FROM jobs WHERE id = ?`, id);
      return row === undefined ? null : this.#toJob({ ...row, spec: null });
    } catch (error) {
      if (!isDamage(error)) throw error;
      return null;
    }
  }

  /** The environment's values: for launching and retrying only. Null: not known, or not what was written. */
  environmentOf(id: number): JobSpec["env"] | null {
    if (this.#lostEnvironments.has(id)) return null;
    try {
      const row = this.#db.one(
        `SELECT jobs.id, jobs.env_hash, jobs.sums, documents.document AS env
           FROM jobs LEFT JOIN documents ON documents.hash = jobs.env_hash WHERE jobs.id = ?`,
        id,
      );
      if (row === undefined) return {};
      return new CheckedRow(this.#db, "jobs", row).json("env") as JobSpec["env"] | null;
    } catch (error) {
      if (isDamage(error)) this.loseEnvironmentOf(id);
      throw error;
    }
  }

  /** Newest first. */
  list(filter: JobFilter): JobRow[] {
    const { sql, values } = listQuery(select, withSpec, filter);
    try {
      const rows = this.#db.all(sql, ...values).map((row) => this.#toJob(row));
      return filter.states.length === 0 ? rows : this.#withStrange(rows, filter);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return idsByIndexes(this.#db, filter).map((id) => this.get(id) ?? this.#unreadable(id));
    }
  }

  /**
   * A part of `list` that reads about `mostRows` rows at most, whatever it finds. `next`: `before` of the
   * part that follows; null: there is none.
   */
  step(filter: JobFilter, mostRows: number): { rows: JobRow[]; next: number | null } {
    const next = this.#endOfStep(filter, mostRows);
    return { rows: this.list(next === null ? filter : { ...filter, from: next }), next };
  }

  /** How much `list` would read. Null: a page that it needs is damaged. */
  sizeOf(filter: JobFilter): ListSize | null {
    const { sql, values } = sizeQuery(filter);
    try {
      const row = this.#db.one(sql, ...values);
      return {
        jobs: Number(row?.["jobs"]),
        ended: Number(row?.["ended"]),
        bytes: Number(row?.["bytes"]),
      };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return null;
    }
  }

  #endOfStep(filter: JobFilter, mostRows: number): number | null {
    const end = endOfStep(filter, mostRows);
    if (end === null) return null;
    try {
      const row = this.#db.one(end.sql, ...end.values);
      return row === undefined ? null : Number(row["id"]);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return null;
    }
  }

  inStates(wanted: readonly State[]): JobRow[] {
    return this.list({ states: wanted, tag: null, name: null, ids: null, before: null, limit: -1 });
  }

  /** How many jobs are in each of the wanted states: those of the history are not counted. */
  countIn(wanted: readonly State[]): Map<State, number> {
    const rows = this.#db.all(
      `SELECT state, count(*) AS n FROM jobs INDEXED BY jobs_by_state
         WHERE state IN (SELECT value FROM json_each(?)) GROUP BY state`,
      JSON.stringify(wanted),
    );
    return new Map(rows.map((row) => [row["state"] as State, Number(row["n"])]));
  }

  /** Of each state; one index look-up each. */
  oldestIn(wanted: readonly State[]): Map<State, number> {
    const sql = "SELECT min(id) AS id FROM jobs INDEXED BY jobs_by_state WHERE state = ?";
    const oldest = wanted.map((state) => ({ state, id: this.#db.one(sql, state)?.["id"] }));
    return new Map(
      oldest.flatMap(({ state, id }) => (typeof id === "number" ? [[state, id] as const] : [])),
    );
  }

  existing(ids: readonly number[]): number[] {
    return this.#db
      .all(
        "SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        JSON.stringify(ids),
      )
      .map((row) => Number(row["id"]));
  }

  /** Ids in [from, to]. */
  range(from: number, to: number): number[] {
    return this.#db
      .all("SELECT id FROM jobs WHERE id BETWEEN ? AND ? ORDER BY id", from, to)
      .map((row) => Number(row["id"]));
  }

  /** The id `back` places before the newest; null when there are fewer jobs. */
  fromLast(back: number): number | null {
    const row = this.#db.one("SELECT id FROM jobs ORDER BY id DESC LIMIT 1 OFFSET ?", back);
    return row === undefined ? null : Number(row["id"]);
  }

  /** Newest first. */
  named(name: string): { id: number; state: State }[] {
    return this.#db
      .all("SELECT id, state FROM jobs WHERE name = ? ORDER BY id DESC LIMIT 50", name)
      .map((row) => ({ id: Number(row["id"]), state: row["state"] as State }));
  }

  /** Includes jobs whose state is damaged, if their events give one of the wanted states. */
  #withStrange(
    rows: JobRow[],
    { states: wanted, ids, tag, name, before, from = 0, limit }: JobFilter,
  ): JobRow[] {
    const strange = strangeIds(this.#db);
    if (strange.length === 0) return rows;
    const found = strange
      .flatMap((id) => this.get(id) ?? [])
      .filter(
        (job) =>
          wanted.includes(job.state) &&
          (ids === null || ids.includes(job.id)) &&
          (tag === null || job.spec.tags.includes(tag)) &&
          (name === null || job.spec.name === name) &&
          job.id >= from &&
          (before === null || job.id < before),
      );
    const all = [...rows, ...found].toSorted((a, b) => b.id - a.id);
    return limit < 0 ? all : all.slice(0, limit);
  }

  #toJob(row: Row): JobRow {
    const checked = this.#rows.check(row);
    if (!checked.isDamaged("state"))
      return checked.once((sound) => toJob(sound, row["state"] as State));
    return toJob(checked, this.#events.lastState(Number(row["id"])) ?? stateBeside(checked));
  }

  /** Its page of the database is damaged: this is what index and events have. */
  #unreadable(id: number): JobRow {
    const checked = new CheckedRow(this.#db, "jobs", unreadableRow(id));
    const state = this.#events.lastState(id) ?? stateInIndex(this.#db, id) ?? stateBeside(checked);
    return toJob(checked, state);
  }
}
