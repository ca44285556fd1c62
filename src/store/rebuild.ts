import type { Outcome } from "../job/outcome.ts";
import type { State } from "../job/states.ts";
import { resourcesFor } from "../job/allocation.ts";
import { Allocations } from "./allocations.ts";
import type { Database } from "./database.ts";
import { Attempts } from "./attempts.ts";
import { holdWaiting } from "./hold-waiting.ts";
import { Documents } from "./documents.ts";
import { Events } from "./events.ts";
import { Jobs } from "./jobs.ts";
import type { AttemptRow, JobRow, StoredSpec } from "./rows.ts";

/** Not known any more: nothing is run again with an empty value in its place. */
const unknownEnvironment = null;

/** A job that only its attempts' folders know. */
export interface RebuiltJob {
  id: number;
  uuid: string | null;
  spec: StoredSpec;
  createdAtMs: number;
  /** `starting` if its keeper claimed it: the next server reads the records and settles it. */
  state: Extract<State, "starting" | "failed">;
  message: string;
  attempts: AttemptRow[];
}

/** Writes rebuilt jobs into a database that does not have them. The only writer beside `Jobs`. */
export class Rebuild {
  readonly #db: Database;
  readonly #jobs: Jobs;
  readonly #attempts: Attempts;
  readonly #allocations: Allocations;
  readonly #documents: Documents;

  constructor(db: Database) {
    this.#db = db;
    this.#jobs = new Jobs(db, new Events(db));
    this.#attempts = new Attempts(db);
    this.#allocations = new Allocations(db);
    this.#documents = new Documents(db);
  }

  job(id: number): JobRow | null {
    return this.#jobs.get(id);
  }

  /** A person or the retention removed it: its number is known, and it is gone on purpose. */
  wasRemoved(job: number): boolean {
    const sql = "SELECT 1 FROM events WHERE job = ? AND type = 'removed' LIMIT 1";
    return this.#db.one(sql, job) !== undefined;
  }

  /** And this was one of its attempts: in an exchanged database another job may have had its number. */
  wasRemovedWith(job: number, attempt: string): boolean {
    const sql =
      "SELECT 1 FROM events WHERE job = ? AND type = 'removed' AND instr(data, ?) > 0 LIMIT 1";
    return this.#db.one(sql, job, attempt) !== undefined;
  }

  knows(attempt: string): boolean {
    return this.#attempts.get(attempt) !== null;
  }

  /** What a job's folder says of it, where the store lost that. */
  specified(job: number, spec: StoredSpec): void {
    this.#db.run(
      "UPDATE jobs SET spec_hash = ?, name = ?, priority = ?, gpus = ? WHERE id = ?",
      this.#documents.put(spec),
      spec.name,
      spec.priority,
      spec.gpus,
      job,
    );
  }

  holdWaiting(message: string): void {
    holdWaiting(this.#db, { message });
  }

  insert(job: RebuiltJob, atMs: number): void {
    const { spec } = job;
    const last = job.attempts.at(-1)?.id ?? null;
    const ended = job.state === "failed";
    const outcome: Outcome = { code: null, signal: null, reason: "launch_failed", leftovers: 0 };
    this.#db.run(
      `INSERT INTO jobs (id, state, reason, message, name, priority, gpus, spec_hash, env_hash, created_at_ms,
         ended_at_ms, outcome, attempt, uuid)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      job.id,
      job.state,
      ended ? outcome.reason : null,
      job.message,
      spec.name,
      spec.priority,
      spec.gpus,
      this.#documents.put(spec),
      this.#documents.put(unknownEnvironment),
      job.createdAtMs,
      ended ? atMs : null,
      ended ? JSON.stringify(outcome) : null,
      last,
      job.uuid,
    );
    for (const tag of new Set(spec.tags))
      this.#db.run("INSERT INTO job_tags (job, tag) VALUES (?, ?)", job.id, tag);
    for (const attempt of job.attempts) this.#attempts.insert(attempt);
    const current = job.attempts.at(-1);
    if (!ended && current !== undefined) this.#holds(current);
    this.#event(job.id, atMs, job.state);
  }

  /** The store is older than its folders: it calls a job waiting that a keeper has claimed. */
  catchUp(job: number, attempt: AttemptRow, atMs: number): void {
    this.#attempts.insert(attempt);
    this.#holds(attempt);
    this.#db.run("UPDATE jobs SET state = 'starting', attempt = ? WHERE id = ?", attempt.id, job);
    this.#event(job, atMs, "starting");
  }

  #holds({ id, job, gpuUuids }: AttemptRow): void {
    this.#allocations.record({ attempt: id, job, resources: resourcesFor(gpuUuids) });
  }

  #event(job: number, atMs: number, state: State): void {
    this.#db.run(
      "INSERT INTO events (job, at_ms, type, state, data) VALUES (?, ?, 'state', ?, ?)",
      job,
      atMs,
      state,
      JSON.stringify({ to: state, event: "repair" }),
    );
  }
}
