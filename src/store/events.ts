import type { JobEvent } from "../contract/event.ts";
import type { EventType } from "../job/event-types.ts";
import type { State } from "../job/states.ts";
import type { Database } from "./database.ts";
import { EventReads } from "./event-reads.ts";
import { Marks } from "./marks.ts";
import { pack } from "./packed-text.ts";

/** The timeline. An event is written in the transaction of the change that it describes, and published only after its commit. */
export class Events extends EventReads {
  readonly #db: Database;
  readonly #marks: Marks;
  #appended: JobEvent[] = [];

  constructor(db: Database) {
    super(db);
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
      // `Rebuild` looks for an attempt in the event of a removal.
      type === "removed" ? JSON.stringify(data) : pack(JSON.stringify(data), 2),
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
}
