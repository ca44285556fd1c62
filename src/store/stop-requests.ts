import type { Reason } from "../job/reasons.ts";
import type { RequestingClient, StopRequest } from "../job/stop-request.ts";
import type { Database, Row } from "./database.ts";

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

  /** In order. */
  ofAttempt(attempt: string): StopRequest[] {
    const sql = `SELECT stop_requests.* FROM stop_requests
      JOIN attempts ON attempts.id = ? AND attempts.job = stop_requests.job
      WHERE stop_requests.attempt = attempts.id ORDER BY stop_requests.id`;
    return this.#db.all(sql, attempt).map(toRequest);
  }

  /** Of a job that ended without an attempt. */
  ofJob(job: number): StopRequest[] {
    const sql = "SELECT * FROM stop_requests WHERE job = ? ORDER BY id";
    return this.#db.all(sql, job).map(toRequest);
  }
}

function toRequest(row: Row): StopRequest {
  return {
    number: Number(row["number"]),
    reason: row["reason"] as Reason,
    graceMs: Number(row["grace_ms"]),
    prolong: row["prolong"] === 1,
    atMs: Number(row["at_ms"]),
    client: clientIn(row["client"]),
  };
}

/** Which process requested it is a note for people: a damaged one keeps no job from being stopped. */
function clientIn(value: unknown): RequestingClient | null {
  if (typeof value !== "string") return null;
  try {
    return JSON.parse(value) as RequestingClient | null;
  } catch {
    return null;
  }
}
