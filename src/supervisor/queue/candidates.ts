import { inOrder, type Candidates, type QueuedJob } from "../../scheduler/decide.ts";
import { demandOf, resourcesIn } from "../../scheduler/demand.ts";
import type { Gate } from "../../scheduler/gate.ts";
import type { Queue, QueuedRow } from "../../store/queue.ts";

const batch = 32;

/**
 * The queue as the scheduler reads it: for each demand that occurs in it the jobs in order, a batch
 * at a time, and of those heads the best. So a pass costs what it launches, and not what waits.
 */
export class StoredCandidates implements Candidates {
  readonly #lines: Line[];

  constructor(
    queue: Pick<Queue, "gpuCounts" | "after">,
    gate: Gate<Pick<QueuedJob, "id">>,
    nowMs: number,
  ) {
    this.#lines = queue.gpuCounts().map((gpus) => {
      return new Line(gpus, (last) => queue.after(last, gpus, nowMs, batch), gate);
    });
  }

  next(resources: ReadonlySet<string>): QueuedJob | null {
    const lines = this.#lines.filter(({ asksFor }) => !asksFor.some((one) => resources.has(one)));
    let best: Line | null = null;
    let first: QueuedRow | null = null;
    for (const line of lines) {
      const head = line.head();
      if (head === null || (first !== null && inOrder(first, head) < 0)) continue;
      [best, first] = [line, head];
    }
    return best?.take() ?? null;
  }
}

/** Jobs with the same demand, in order. */
class Line {
  readonly asksFor: readonly string[];
  readonly #gpus: number;
  readonly #read: (last: QueuedRow | null) => QueuedRow[];
  readonly #gate: Gate<Pick<QueuedJob, "id">>;
  #rows: QueuedRow[] = [];
  #last: QueuedRow | null = null;
  #isAtEnd = false;

  constructor(
    gpus: number,
    read: (last: QueuedRow | null) => QueuedRow[],
    gate: Gate<Pick<QueuedJob, "id">>,
  ) {
    this.#gpus = gpus;
    this.asksFor = resourcesIn(demandOf({ gpus }));
    this.#read = read;
    this.#gate = gate;
  }

  head(): QueuedRow | null {
    for (;;) {
      const row = this.#rows[0];
      if (row !== undefined && this.#gate(row) === null) return row;
      if (row !== undefined) this.#rows.shift();
      else if (!this.#readMore()) return null;
    }
  }

  take(): QueuedJob | null {
    const row = this.head();
    if (row === null) return null;
    this.#rows.shift();
    return { id: row.id, priority: row.priority, demand: demandOf({ gpus: this.#gpus }) };
  }

  #readMore(): boolean {
    if (this.#isAtEnd) return false;
    this.#rows = this.#read(this.#last);
    this.#last = this.#rows.at(-1) ?? this.#last;
    this.#isAtEnd = this.#rows.length < batch;
    return this.#rows.length > 0;
  }
}
