import type { HistoryLine } from "../contract/history.ts";
import { contentHash } from "./content-hash.ts";
import type { Database } from "./database.ts";
import { Documents } from "./documents.ts";
import { Receipts } from "./receipts.ts";

/** Puts exported jobs into a store that no server uses. Throws what the database says; a line is taken whole or not. */
export class Import {
  readonly #db: Database;
  readonly #receipts: Receipts;
  readonly #documents: Documents;

  constructor(db: Database) {
    this.#db = db;
    this.#receipts = new Receipts(db);
    this.#documents = new Documents(db);
  }

  /** Whether it is there already. */
  knows({ id, attempt, createdAtMs }: HistoryLine["job"]): boolean {
    const row =
      attempt === null
        ? this.#db.one("SELECT 1 FROM jobs WHERE id = ? AND created_at_ms = ?", id, createdAtMs)
        : this.#db.one("SELECT 1 FROM attempts WHERE id = ?", attempt.id);
    return row !== undefined;
  }

  /** An id that another job has is exchanged for a new one. */
  add({ job, receipt, earlier }: HistoryLine): void {
    this.#db.transaction(() => {
      const id = this.#insertJob(job);
      for (const tag of new Set(job.spec.tags))
        this.#db.run("INSERT INTO job_tags (job, tag) VALUES (?, ?)", id, tag);
      for (const { attempt, receipt: its } of earlier)
        this.#insertAttempt(id, job, attempt, { ...its, jobId: id });
      if (job.attempt !== null)
        this.#insertAttempt(id, job, job.attempt, { ...receipt, jobId: id });
      this.#db.run(
        "INSERT INTO events (job, at_ms, type, state, data) VALUES (?, ?, 'state', ?, ?)",
        id,
        job.endedAtMs ?? job.createdAtMs,
        job.state,
        JSON.stringify({ to: job.state, event: "import" }),
      );
    });
  }

  #insertJob(job: HistoryLine["job"]): number {
    const taken = this.#db.one("SELECT 1 FROM jobs WHERE id = ?", job.id) !== undefined;
    const { lastId } = this.#db.run(
      `INSERT INTO jobs (id, state, reason, message, name, priority, gpus, spec_hash, env_hash, created_at_ms,
         started_at_ms, ended_at_ms, outcome, attempt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      taken ? null : job.id,
      job.state,
      job.reason,
      job.message,
      job.spec.name,
      job.spec.priority,
      job.spec.gpus,
      this.#documents.put(job.spec),
      this.#documents.put({}),
      job.createdAtMs,
      job.startedAtMs,
      job.endedAtMs ?? job.createdAtMs,
      job.outcome === null ? null : JSON.stringify(job.outcome),
      job.attempt?.id ?? null,
    );
    return lastId;
  }

  #insertAttempt(
    id: number,
    job: HistoryLine["job"],
    attempt: NonNullable<HistoryLine["job"]["attempt"]>,
    receipt: HistoryLine["receipt"],
  ): void {
    this.#db.run(
      `INSERT INTO attempts (id, job, number, nonce, boot_id, tier, limits, gpu_uuids, created_at_ms,
         started_at_ms, ended_at_ms, receipt_hash)
       VALUES (?, ?, ?, '', '', ?, ?, ?, ?, ?, ?, ?)`,
      attempt.id,
      id,
      attempt.number,
      attempt.tier,
      JSON.stringify(job.limits),
      JSON.stringify(attempt.gpuUuids),
      job.createdAtMs,
      attempt.startedAtMs,
      attempt.endedAtMs ?? job.endedAtMs,
      contentHash(JSON.stringify(receipt)),
    );
    this.#receipts.add(attempt.id, receipt);
  }
}
