import { reasonNames } from "../job/reasons.ts";
import type { RequestingClient, StopRequest } from "../job/stop-request.ts";
import { CheckedRow } from "./checked-row.ts";
import { defaultGraceMs } from "./damaged-spec.ts";
import type { Database } from "./database.ts";
import { isDamage } from "./sqlite-errors.ts";

/** Every request to stop a job, for its keeper and for its receipt. */
export class StopRequests {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  add(job: number, attempt: string | null, request: StopRequest): void {
    const { number, reason, graceMs, prolong, atMs, client } = request;
    this.#db.run(
      `INSERT INTO stop_requests (job, attempt, number, reason, grace_ms, prolong, at_ms, client)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      job,
      attempt,
      number,
      reason,
      graceMs,
      prolong ? 1 : 0,
      atMs,
      client === null ? null : JSON.stringify(client),
    );
  }

  /** In order. Includes a request of the job whose attempt is damaged: only one attempt is being stopped. */
  ofAttempt(attempt: string): StopRequest[] {
    const sql = `SELECT stop_requests.* FROM stop_requests
      JOIN attempts ON attempts.id = ? AND attempts.job = stop_requests.job
      ORDER BY stop_requests.id`;
    return this.#read(sql, attempt)
      .filter((row) => row.text("attempt") === attempt || row.isDamaged("attempt"))
      .map(toRequest);
  }

  /** The requests of a job that ended without an attempt. */
  ofJob(job: number): StopRequest[] {
    return this.#read("SELECT * FROM stop_requests WHERE job = ? ORDER BY id", job).map(toRequest);
  }

  #read(sql: string, value: string | number): CheckedRow[] {
    try {
      return this.#db.all(sql, value).map((row) => new CheckedRow(this.#db, "stop_requests", row));
    } catch (error) {
      // The job's own row says as well that a stop was requested.
      if (!isDamage(error)) throw error;
      return [];
    }
  }
}

/**
 * A stop request counts even if parts of it cannot be read. `order`: its place among those of its
 * attempt, which are numbered from 1.
 */
function toRequest(row: CheckedRow, order: number): StopRequest {
  const reason = reasonNames.find((name) => name === row.text("reason"));
  const number = row.number("number") ?? 0;
  return {
    number: row.isDamaged("number") ? order + 1 : number,
    reason: row.isDamaged("reason") ? "cancel" : (reason ?? "cancel"),
    graceMs: row.isDamaged("grace_ms") ? defaultGraceMs : (row.number("grace_ms") ?? 0),
    prolong: !row.isDamaged("prolong") && row.number("prolong") === 1,
    atMs: row.number("at_ms") ?? 0,
    client: row.json("client") as RequestingClient | null,
    ...(row.damaged.length === 0 ? {} : { damaged: row.damaged }),
  };
}
