import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, inOrder, type Offers } from "../../scheduler/decide.ts";
import type { Gate } from "../../scheduler/gate.ts";
import type { Queue, QueuedRow } from "../../store/queue.ts";
import { StoredCandidates } from "./candidates.ts";

/** The queries over a list, with a count of the rows that were read. */
class ListedQueue implements Pick<Queue, "gpuCounts" | "after"> {
  rowsRead = 0;
  readonly #rows: readonly QueuedRow[];

  constructor(rows: readonly QueuedRow[]) {
    this.#rows = rows.toSorted(inOrder);
  }

  gpuCounts(): number[] {
    return [...new Set(this.#rows.map(({ gpus }) => gpus))];
  }

  after(
    place: Pick<QueuedRow, "id" | "priority"> | null,
    gpus: number,
    _nowMs: number,
    limit: number,
  ) {
    const rows = this.#rows
      .filter((row) => row.gpus === gpus && (place === null || inOrder(place, row) < 0))
      .slice(0, limit);
    this.rowsRead += rows.length;
    return rows;
  }
}

const open: Gate<{ id: number }> = () => null;
const shut = { code: "machine", message: "no room", hint: "wait" };
const nothing: ReadonlySet<string> = new Set();

function offers(slots: number, gpus: number): Offers {
  return {
    slot: { total: slots, free: slots, withheld: 0 },
    gpu: { total: gpus, free: gpus, withheld: 0 },
  };
}

const many = (count: number, gpus: (id: number) => number): QueuedRow[] =>
  Array.from({ length: count }, (_, id) => ({ id, priority: id % 3, gpus: gpus(id) }));

describe("candidates from the store", () => {
  it("come in order, whatever they ask for and whichever are behind a gate", () => {
    const rows = fc.array(
      fc.record({
        priority: fc.integer({ min: -2, max: 2 }),
        gpus: fc.nat(3),
        isShut: fc.boolean(),
      }),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(rows, (list) => {
        const queue = list.map(({ priority, gpus }, id) => ({ id, priority, gpus }));
        const candidates = new StoredCandidates(
          new ListedQueue(queue),
          ({ id }) => (list[id]?.isShut === true ? shut : null),
          0,
        );
        const found: number[] = [];
        for (let job = candidates.next(nothing); job !== null; job = candidates.next(nothing))
          found.push(job.id);
        const expected = queue.filter(({ id }) => list[id]?.isShut !== true).toSorted(inOrder);
        expect(found).toEqual(expected.map(({ id }) => id));
      }),
    );
  });

  it("leave out those that ask for an exhausted resource", () => {
    const rows = [
      { id: 1, priority: 0, gpus: 2 },
      { id: 2, priority: 0, gpus: 1 },
      { id: 3, priority: 0, gpus: 0 },
    ];
    const candidates = new StoredCandidates(new ListedQueue(rows), open, 0);
    expect(candidates.next(new Set(["gpu"]))?.id).toBe(3);
    expect(candidates.next(new Set(["gpu"]))).toBeNull();
  });

  it("are found behind any number of jobs that wait for GPUs, by reading a batch of each kind", () => {
    const queue = new ListedQueue([
      ...many(50_000, () => 2),
      { id: 50_000, priority: -9, gpus: 0 },
    ]);
    const { launch } = decide(offers(4, 1), new StoredCandidates(queue, open, 0));
    expect(launch.map(({ id }) => id)).toEqual([50_000]);
    expect(queue.rowsRead).toBeLessThanOrEqual(64);
  });

  it("are not read further than what is launched, however many wait", () => {
    const queue = new ListedQueue(many(50_000, (id) => id % 4));
    const { launch } = decide(offers(8, 3), new StoredCandidates(queue, open, 0));
    expect(launch.length).toBeGreaterThan(0);
    expect(queue.rowsRead).toBeLessThanOrEqual(4 * 32);
  });
});
