import type { JobEvent } from "../contract/event.ts";
import { eventTypes } from "../job/event-types.ts";
import { states, type State } from "../job/states.ts";
import { CheckedRow } from "./checked-row.ts";
import type { Connection } from "./connection.ts";
import { isDamage } from "./sqlite-errors.ts";

/** Queries over the timeline that pages are made of. */
export class EventReads {
  readonly #db: Connection;

  constructor(db: Connection) {
    this.#db = db;
  }

  /** Oldest first. */
  after(jobId: number | null, seq: number, limit: number): JobEvent[] {
    const rows =
      jobId === null
        ? this.#db.all("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
        : this.#db.all(
            "SELECT * FROM events WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?",
            jobId,
            seq,
            limit,
          );
    return rows.map((row) => toEvent(new CheckedRow(this.#db, "events", row)));
  }

  /** The state in the newest sound event of a job; null: there is none. */
  lastState(jobId: number): State | null {
    // Others carry the state that they are about to bring.
    const sql = `SELECT seq, job, state, sums FROM events
      WHERE job = ? AND type IN ('submitted', 'state') ORDER BY seq DESC LIMIT 8`;
    try {
      for (const row of this.#db.all(sql, jobId)) {
        const checked = new CheckedRow(this.#db, "events", row);
        if (checked.damaged.length === 0) return checked.text("state") as State;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    return null;
  }

  /** Of a job; 0: it has none. */
  lastSeqOf(job: number): number {
    const row = this.#db.one("SELECT max(seq) AS seq FROM events WHERE job = ?", job);
    return Number(row?.["seq"] ?? 0);
  }

  lastSeq(): number {
    return Number(this.#db.one("SELECT max(seq) AS seq FROM events")?.["seq"] ?? 0);
  }
}

function toEvent(row: CheckedRow): JobEvent {
  const type = row.text("type");
  const state = row.isDamaged("state") ? null : row.text("state");
  return {
    seq: row.number("seq"),
    jobId: row.number("job") ?? 0,
    atMs: row.number("at_ms") ?? 0,
    type: eventTypes.find((one) => one === type) ?? "state",
    state: states.find((one) => one === state) ?? null,
    data: (row.json("data") as Record<string, unknown> | null) ?? {},
    ...(row.damaged.length === 0 ? {} : { damaged: row.damaged }),
  };
}
