import { randomUUID } from "node:crypto";
import type { Outcome } from "../job/outcome.ts";
import type { EnvironmentValue } from "../job/inherited.ts";
import type { Reason } from "../job/reasons.ts";
import type { JobSpec } from "../job/spec.ts";
import type { StopRequest } from "../job/stop-request.ts";
import { isTerminal, next, type State, type StateEvent } from "../job/states.ts";
import type { Database } from "./database.ts";
import { Documents, hasHash } from "./documents.ts";
import { pack, unpack } from "./packed-text.ts";
import type { Events } from "./events.ts";
import { JobReads } from "./job-reads.ts";
import type { StoredSpec, Wait } from "./rows.ts";
import { isDamage } from "./sqlite-errors.ts";

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

export class Jobs extends JobReads {
  readonly #db: Database;
  readonly #events: Events;
  readonly #documents: Documents;
  /** Whether a variable leaves the store when its job ends. */
  isSecret: (name: string, value: EnvironmentValue) => boolean = () => false;

  constructor(db: Database, events: Events) {
    super(db, events);
    this.#db = db;
    this.#documents = new Documents(db);
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

  /** No later attempt needs them. On a damaged page they stay; the next try to record the end skips them. */
  #removeSecrets(id: number): void {
    try {
      this.#removeSecretsOf(id);
    } catch (error) {
      if (isDamage(error)) this.loseEnvironmentOf(id);
      throw error;
    }
  }

  #removeSecretsOf(id: number): void {
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
      const rest = this.#withoutSecrets(environmentIn(unpack(String(document)) ?? ""));
      if (rest === null) continue;
      this.#db.run(
        `UPDATE jobs SET env_hash = ?2 WHERE ${hasHash("env_hash", "?1")} AND ended_at_ms IS NOT NULL`,
        String(hash),
        this.#documents.put(rest),
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
    ...(outcome === undefined ? {} : { outcome: pack(JSON.stringify(outcome), 2) }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(wait === undefined
      ? {}
      : { wait_from_ms: wait?.fromMs ?? null, wait_until_ms: wait?.untilMs ?? null }),
  };
}
