import { randomUUID } from "node:crypto";
import type { Outcome } from "../job/outcome.ts";
import type { EnvironmentValue } from "../job/inherited.ts";
import type { Reason } from "../job/reasons.ts";
import type { JobSpec } from "../job/spec.ts";
import type { StopRequest } from "../job/stop-request.ts";
import { isTerminal, next, type State, type StateEvent } from "../job/states.ts";
import { CheckedRow } from "./checked-row.ts";
import { CheckedRows } from "./checked-rows.ts";
import type { Database } from "./database.ts";
import { Documents } from "./documents.ts";
import type { Row } from "./row.ts";
import { isDamage } from "./sqlite-errors.ts";
import type { Events } from "./events.ts";
import type { JobFilter } from "./job-filter.ts";
import { listQuery } from "./list-query.ts";
import { idsByIndexes, stateInIndex, strangeIds } from "./job-indexes.ts";
import { stateBeside, toJob, unreadableRow } from "./job-row.ts";
import type { JobRow, StoredSpec, Wait } from "./rows.ts";

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
const withSpec = "LEFT JOIN documents ON documents.hash = jobs.spec_hash";

/** What changes together with a state. A key that is absent stays as it is. */
export interface Changes {
  reason?: Reason | null;
  message?: string | null;
  startedAtMs?: number | null;
  /** For a terminal state that is recorded later than it was reached. Default: now. */
  endedAtMs?: number;
  outcome?: Outcome;
  attempt?: string;
  wait?: Wait | null;
}

/** A transition that the state table or the expected state does not allow: a defect or a lost race, never written. */
export class StateConflict extends Error {
  constructor(id: number, expected: State, event: StateEvent, found: string) {
    super(`job ${id}: ${event} from ${expected}, but it is ${found}`);
    this.name = "StateConflict";
  }
}

export class Jobs {
  readonly #db: Database;
  readonly #events: Events;
  readonly #rows: CheckedRows;
  readonly #documents: Documents;
  /** Whether a variable leaves the store when its job ends. */
  isSecret: (name: string, value: EnvironmentValue) => boolean = () => false;

  constructor(db: Database, events: Events) {
    this.#db = db;
    this.#documents = new Documents(db);
    this.#rows = new CheckedRows(db, "jobs");
    this.#events = events;
  }

  insert(spec: JobSpec, atMs: number, retryOf: number | null): number {
    const { env, ...rest } = spec;
    const stored: StoredSpec = { ...rest, envNames: Object.keys(env).toSorted() };
    const state: State = spec.held ? "held" : "queued";
    const { lastId: id } = this.#db.run(
      `INSERT INTO jobs (state, name, priority, gpus, spec_hash, env_hash, created_at_ms, retry_of, uuid)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      state,
      spec.name,
      spec.priority,
      spec.gpus,
      this.#documents.put(stored),
      this.#documents.put(env),
      atMs,
      retryOf,
      randomUUID(),
    );
    for (const tag of new Set(spec.tags))
      this.#db.run("INSERT INTO job_tags (job, tag) VALUES (?, ?)", id, tag);
    this.#events.append(id, atMs, "submitted", state, retryOf === null ? {} : { retryOf });
    return id;
  }

  /**
   * The only place that writes a state: guarded by the expected state and the table,
   * and in one transaction with its event. Throws StateConflict.
   */
  advance(
    id: number,
    expected: State,
    event: StateEvent,
    atMs: number,
    changes: Changes = {},
    data: Record<string, unknown> = {},
  ): void {
    const to = next(expected, event);
    if (to === null) throw new StateConflict(id, expected, event, "not in the table");
    const set = Object.entries({
      state: to,
      ended_at_ms: isTerminal(to) ? atMs : null,
      ...columnsOf(changes),
    });
    const assignments = set.map(([column]) => `${column} = ?`).join(", ");
    const values = set.map(([, value]) => value);
    const { changes: written } = this.#db.run(
      `UPDATE jobs SET ${assignments} WHERE id = ? AND state = ?`,
      ...values,
      id,
      expected,
    );
    if (written !== 1) {
      const found = this.get(id);
      // Its events have what the column lost.
      if (found?.state !== expected || !found.damaged.includes("state"))
        throw new StateConflict(id, expected, event, found?.state ?? "gone");
      this.#db.run(`UPDATE jobs SET ${assignments} WHERE id = ?`, ...values, id);
    }
    if (isTerminal(to)) this.#removeSecrets(id);
    this.#events.append(id, atMs, "state", to, {
      from: expected,
      to,
      event,
      ...(changes.reason === undefined || changes.reason === null
        ? {}
        : { reason: changes.reason }),
      ...data,
    });
  }

  /** No later attempt needs them. */
  #removeSecrets(id: number): void {
    const hash = this.#db.one("SELECT env_hash FROM jobs WHERE id = ?", id)?.["env_hash"];
    const env = this.environmentOf(id);
    const rest = env === null ? null : this.#withoutSecrets(env);
    if (rest === null) return;
    this.#db.run("UPDATE jobs SET env_hash = ? WHERE id = ?", this.#documents.put(rest), id);
    this.#documents.removeUnused(String(hash));
  }

  /** Null: there are none. */
  #withoutSecrets(env: JobSpec["env"]): JobSpec["env"] | null {
    const all = Object.entries(env);
    const rest = all.filter(([name, value]) => !this.isSecret(name, value));
    return rest.length === all.length ? null : Object.fromEntries(rest);
  }

  /** Of jobs that ended before secrets were removed at their end, or while they were kept. */
  removeSecretsOfEnded(): void {
    const used = this.#db.all(
      `SELECT DISTINCT env_hash, document FROM jobs JOIN documents ON hash = env_hash
         WHERE ended_at_ms IS NOT NULL`,
    );
    for (const { env_hash: hash, document } of used) {
      const rest = this.#withoutSecrets(environmentIn(String(document)));
      if (rest === null) continue;
      this.#db.run(
        "UPDATE jobs SET env_hash = ? WHERE env_hash = ? AND ended_at_ms IS NOT NULL",
        this.#documents.put(rest),
        String(hash),
      );
      this.#documents.removeUnused(String(hash));
    }
  }

  /** A stop was requested: the first reason stays. The requests themselves are in `StopRequests`. */
  stopRequested(id: number, state: State, request: StopRequest): void {
    const { reason, graceMs, atMs, prolong, client } = request;
    // stop_grace_ms and stop_at_ms are an earlier version's: NULL since `StopRequests` has them.
    this.#db.run("UPDATE jobs SET stop_reason = COALESCE(stop_reason, ?) WHERE id = ?", reason, id);
    const by = client === null ? {} : { client };
    this.#events.append(id, atMs, "stop_wanted", state, { reason, graceMs, prolong, ...by });
  }

  get(id: number): JobRow | null {
    try {
      const row = this.#db.one(`${select} FROM jobs ${withSpec} WHERE id = ?`, id);
      return row === undefined ? null : this.#toJob(row);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.#withoutSpec(id) ?? this.#unreadable(id);
    }
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
    const row = this.#db.one(
      `SELECT jobs.id, jobs.env_hash, jobs.sums, documents.document AS env
         FROM jobs LEFT JOIN documents ON documents.hash = jobs.env_hash WHERE jobs.id = ?`,
      id,
    );
    if (row === undefined) return {};
    return new CheckedRow(this.#db, "jobs", row).json("env") as JobSpec["env"] | null;
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
    { states: wanted, ids, tag, name, before, limit }: JobFilter,
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
          (before === null || job.id < before),
      );
    const all = [...rows, ...found].toSorted((a, b) => b.id - a.id);
    return limit < 0 ? all : all.slice(0, limit);
  }

  #toJob(row: Row): JobRow {
    const checked = this.#rows.check(row);
    if (!checked.isDamaged("state")) return toJob(checked, row["state"] as State);
    return toJob(checked, this.#events.lastState(Number(row["id"])) ?? stateBeside(checked));
  }

  /** Its page of the database is damaged: this is what index and events have. */
  #unreadable(id: number): JobRow {
    const checked = new CheckedRow(this.#db, "jobs", unreadableRow(id));
    const state = this.#events.lastState(id) ?? stateInIndex(this.#db, id) ?? stateBeside(checked);
    return toJob(checked, state);
  }

  /** Removes an ended job with everything that refers to it; what stays is the event of its removal. */
  remove(id: number, state: State, atMs: number, attempts: readonly string[] = []): void {
    const used = this.#db.one("SELECT spec_hash, env_hash FROM jobs WHERE id = ?", id);
    const { changes } = this.#db.run("DELETE FROM jobs WHERE id = ?", id);
    if (used === undefined || changes !== 1) throw new Error(`job ${id} is gone already`);
    for (const hash of [used["spec_hash"], used["env_hash"]])
      this.#documents.removeUnused(String(hash));
    this.#events.prune(id);
    // Stays: a folder or a backup may still have the job.
    this.#events.append(id, atMs, "removed", state, { attempts });
  }
}

/** Empty if it is damaged: what cannot be read is left as it is. */
function environmentIn(text: string): JobSpec["env"] {
  try {
    return (JSON.parse(text) as JobSpec["env"] | null) ?? {};
  } catch {
    return {};
  }
}

function columnsOf(changes: Changes): Record<string, string | number | null> {
  const { reason, message, startedAtMs, endedAtMs, outcome, attempt, wait } = changes;
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    ...(startedAtMs === undefined ? {} : { started_at_ms: startedAtMs }),
    ...(endedAtMs === undefined ? {} : { ended_at_ms: endedAtMs }),
    ...(outcome === undefined ? {} : { outcome: JSON.stringify(outcome) }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(wait === undefined
      ? {}
      : { wait_from_ms: wait?.fromMs ?? null, wait_until_ms: wait?.untilMs ?? null }),
  };
}
