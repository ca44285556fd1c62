import type { Outcome } from "../job/outcome.ts";
import type { Reason } from "../job/reasons.ts";
import type { JobSpec } from "../job/spec.ts";
import { isTerminal, next, type State, type StateEvent } from "../job/states.ts";
import type { Database, Row } from "./database.ts";
import type { Events } from "./events.ts";
import type { JobRow, StopWish, StoredSpec, Wait } from "./rows.ts";

const columns = `id, state, reason, message, spec, created_at_ms, started_at_ms, ended_at_ms,
  stop_reason, stop_grace_ms, stop_at_ms, outcome, attempt, retry_of, wait_from_ms, wait_until_ms`;

/** What changes together with a state. A key that is absent stays as it is. */
export interface Changes {
  reason?: Reason | null;
  message?: string | null;
  startedAtMs?: number | null;
  /** Of a terminal state that is recorded later than it was reached; now where nothing is said. */
  endedAtMs?: number;
  outcome?: Outcome;
  attempt?: string;
  wait?: Wait | null;
}

export interface JobFilter {
  states: readonly State[];
  tag: string | null;
  name: string | null;
  ids: readonly number[] | null;
  /** Only jobs with a smaller id. */
  before: number | null;
  limit: number;
}

/** A transition that the table of states or the expected state does not allow: a defect or a lost race, never written. */
export class StateConflict extends Error {
  constructor(id: number, expected: State, event: StateEvent, found: string) {
    super(`job ${id}: ${event} from ${expected}, but it is ${found}`);
    this.name = "StateConflict";
  }
}

export class Jobs {
  readonly #db: Database;
  readonly #events: Events;

  constructor(db: Database, events: Events) {
    this.#db = db;
    this.#events = events;
  }

  insert(spec: JobSpec, atMs: number, retryOf: number | null): number {
    const { env, ...rest } = spec;
    const stored: StoredSpec = { ...rest, envNames: Object.keys(env).toSorted() };
    const state: State = spec.held ? "held" : "queued";
    const { lastId: id } = this.#db.run(
      `INSERT INTO jobs (state, name, priority, gpus, spec, env, created_at_ms, retry_of)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      state,
      spec.name,
      spec.priority,
      spec.gpus,
      JSON.stringify(stored),
      JSON.stringify(env),
      atMs,
      retryOf,
    );
    for (const tag of new Set(spec.tags))
      this.#db.run("INSERT INTO job_tags (job, tag) VALUES (?, ?)", id, tag);
    this.#events.append(id, atMs, "submitted", state, retryOf === null ? {} : { retryOf });
    return id;
  }

  /**
   * The only place that writes a state: guarded by the expected one, by the table,
   * and in one transaction with the event that tells of it. Throws StateConflict.
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
    const { changes: written } = this.#db.run(
      `UPDATE jobs SET ${set.map(([column]) => `${column} = ?`).join(", ")} WHERE id = ? AND state = ?`,
      ...set.map(([, value]) => value),
      id,
      expected,
    );
    if (written !== 1) throw new StateConflict(id, expected, event, this.get(id)?.state ?? "gone");
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

  /** Records a wish to stop. The first reason stays; a later wish can only shorten the grace. */
  wishStop(id: number, state: State, wish: StopWish): void {
    this.#db.run(
      `UPDATE jobs SET stop_reason = COALESCE(stop_reason, ?), stop_grace_ms = ?, stop_at_ms = COALESCE(stop_at_ms, ?)
         WHERE id = ?`,
      wish.reason,
      wish.graceMs,
      wish.atMs,
      id,
    );
    this.#events.append(id, wish.atMs, "stop_wanted", state, {
      reason: wish.reason,
      graceMs: wish.graceMs,
    });
  }

  get(id: number): JobRow | null {
    const row = this.#db.one(`SELECT ${columns} FROM jobs WHERE id = ?`, id);
    return row === undefined ? null : toJob(row);
  }

  /** The environment's values: for launching and retrying only. */
  environmentOf(id: number): Record<string, string> {
    const row = this.#db.one("SELECT env FROM jobs WHERE id = ?", id);
    return row === undefined ? {} : (JSON.parse(String(row["env"])) as Record<string, string>);
  }

  /** Newest first. */
  list(filter: JobFilter): JobRow[] {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    const add = (condition: string, ...more: (string | number)[]) => {
      conditions.push(condition);
      values.push(...more);
    };
    if (filter.states.length > 0)
      add(`state IN (${filter.states.map(() => "?").join(", ")})`, ...filter.states);
    if (filter.ids !== null)
      add("id IN (SELECT value FROM json_each(?))", JSON.stringify(filter.ids));
    if (filter.tag !== null) add("id IN (SELECT job FROM job_tags WHERE tag = ?)", filter.tag);
    if (filter.name !== null) add("name = ?", filter.name);
    if (filter.before !== null) add("id < ?", filter.before);
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    return this.#db
      .all(`SELECT ${columns} FROM jobs ${where} ORDER BY id DESC LIMIT ?`, ...values, filter.limit)
      .map(toJob);
  }

  /** Candidates for launching, best first; without those that wait for their next attempt. */
  queue(limit: number, nowMs: number): { id: number; gpus: number }[] {
    return this.#db
      .all(
        `SELECT id, gpus FROM jobs WHERE state = 'queued' AND NOT (${waits})
           ORDER BY priority DESC, id LIMIT ?`,
        nowMs,
        limit,
      )
      .map((row) => ({ id: Number(row["id"]), gpus: Number(row["gpus"]) }));
  }

  /** When the first of those that wait is a candidate again; null when none waits. */
  nextWaitEndsMs(nowMs: number): number | null {
    const sql = `SELECT min(wait_until_ms) AS at FROM jobs WHERE state = 'queued' AND ${waits}`;
    const at = this.#db.one(sql, nowMs)?.["at"];
    return at === null || at === undefined ? null : Number(at);
  }

  inStates(wanted: readonly State[]): JobRow[] {
    return this.list({ states: wanted, tag: null, name: null, ids: null, before: null, limit: -1 });
  }

  countByState(): Map<State, number> {
    const rows = this.#db.all("SELECT state, count(*) AS n FROM jobs GROUP BY state");
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

  /** The id that many places before the newest; null when there are not so many. */
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

  /** Removes an ended job with everything that hangs on it, but for its events. */
  remove(id: number, state: State, atMs: number): void {
    const { changes } = this.#db.run("DELETE FROM jobs WHERE id = ? AND state = ?", id, state);
    if (changes !== 1) throw new Error(`job ${id} is not ${state} any more`);
    this.#events.append(id, atMs, "removed", state, {});
  }
}

/** Before its beginning the clock was set back: then nobody knows how long it would take. */
const waits = "(wait_until_ms IS NOT NULL AND ? BETWEEN wait_from_ms AND wait_until_ms - 1)";

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

function toJob(row: Row): JobRow {
  const number = (name: string) => (row[name] === null ? null : Number(row[name]));
  return {
    id: Number(row["id"]),
    state: row["state"] as State,
    reason: row["reason"] as Reason | null,
    message: row["message"] as string | null,
    spec: JSON.parse(String(row["spec"])) as StoredSpec,
    createdAtMs: Number(row["created_at_ms"]),
    startedAtMs: number("started_at_ms"),
    endedAtMs: number("ended_at_ms"),
    stopWish:
      row["stop_reason"] === null
        ? null
        : {
            reason: row["stop_reason"] as Reason,
            graceMs: Number(row["stop_grace_ms"]),
            atMs: Number(row["stop_at_ms"]),
          },
    outcome: row["outcome"] === null ? null : (JSON.parse(String(row["outcome"])) as Outcome),
    attempt: row["attempt"] as string | null,
    retryOf: number("retry_of"),
    wait:
      row["wait_until_ms"] === null
        ? null
        : { fromMs: Number(row["wait_from_ms"]), untilMs: Number(row["wait_until_ms"]) },
  };
}
