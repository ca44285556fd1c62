import { eventTypes, type EventType, type JobEvent } from "../contract/event.ts";
import { states, type State } from "../job/states.ts";
import { CheckedRow } from "./checked-row.ts";
import { type Database } from "./database.ts";
import { Marks } from "./marks.ts";
import { isDamage } from "./sqlite-errors.ts";

/** The timeline. An event is written in the transaction of the change that it describes, and published only after its commit. */
export class Events {
  readonly #db: Database;
  readonly #marks: Marks;
  #appended: JobEvent[] = [];

  constructor(db: Database) {
    this.#db = db;
    this.#marks = new Marks(db);
  }

  append(
    jobId: number,
    atMs: number,
    type: EventType,
    state: State,
    data: Record<string, unknown>,
  ): void {
    if (!this.#db.inTransaction) throw new Error("an event outside of a transaction");
    const { lastId: seq } = this.#db.run(
      "INSERT INTO events (job, at_ms, type, state, data) VALUES (?, ?, ?, ?, ?)",
      jobId,
      atMs,
      type,
      state,
      JSON.stringify(data),
    );
    this.#appended.push({ seq, jobId, atMs, type, state, data });
  }

  /** What was appended since the last call, to be published after the commit. */
  takeAppended(): JobEvent[] {
    const appended = this.#appended;
    this.#appended = [];
    return appended;
  }

  /** Where `forgetAfter` goes back to when a part of a transaction is undone. */
  mark(): number {
    return this.#appended.length;
  }

  forgetAfter(mark: number): void {
    this.#appended.length = mark;
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

  /** When the newest was written; null: there is none. */
  lastAtMs(): number | null {
    const at = this.#db.one("SELECT at_ms FROM events WHERE seq = (SELECT max(seq) FROM events)")?.[
      "at_ms"
    ];
    return at === undefined ? null : Number(at);
  }

  /** The job is removed: its events go with it. Also when nothing is left of them that can be read. */
  prune(jobId: number): void {
    const last = this.#db.one("SELECT max(seq) AS seq FROM events WHERE job = ?", jobId)?.["seq"];
    if (typeof last !== "number") return;
    this.#db.run("DELETE FROM events WHERE job = ?", jobId);
    if (last > this.prunedUntil()) this.#marks.set("events-pruned", last);
  }

  /** Some events up to this seq were pruned; 0: none. */
  prunedUntil(): number {
    return this.#marks.get("events-pruned") ?? 0;
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
