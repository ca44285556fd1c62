import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, inOrder, type Candidates, type Offers, type QueuedJob } from "./decide.ts";
import { demandOf, resourcesIn } from "./demand.ts";
import { explain } from "./explain.ts";

function job(id: number, gpus = 0, priority = 0): QueuedJob {
  return { id, priority, demand: demandOf({ gpus }) };
}

function offers(slots: number, gpus = 0, withheld = 0): Offers {
  return {
    slot: { total: 10, free: slots, withheld: 0 },
    gpu: { total: gpus + withheld, free: gpus, withheld },
  };
}

/** Counts what is read. */
class Queue implements Candidates {
  read = 0;
  readonly #jobs: QueuedJob[];

  constructor(jobs: readonly QueuedJob[]) {
    this.#jobs = jobs.toSorted(inOrder);
  }

  next(resources: ReadonlySet<string>): QueuedJob | null {
    const at = this.#jobs.findIndex(
      ({ demand }) => !resourcesIn(demand).some((name) => resources.has(name)),
    );
    if (at < 0) return null;
    this.read += 1;
    // Those before it are passed for good: the resources they ask for are exhausted.
    return this.#jobs.splice(0, at + 1).at(-1) ?? null;
  }
}

function decideOn(queue: readonly QueuedJob[], there: Offers) {
  const decision = decide(there, new Queue(queue));
  const code = (id: number) => {
    const found = queue.find((one) => one.id === id);
    return found === undefined ? undefined : explain(decision, found)?.code;
  };
  return { decision, launched: decision.launch.map(({ id }) => id), code };
}

describe("which jobs start", () => {
  it("starts in order while there are slots; the others wait for one", () => {
    const { launched, code } = decideOn([job(1), job(2), job(3), job(4)], offers(2));
    expect(launched).toEqual([1, 2]);
    expect([3, 4].map(code)).toEqual(["slots", "slots"]);
  });

  it("starts a higher priority first, and the earlier of equal ones", () => {
    const queue = [job(1), job(2, 0, 5), job(3, 0, 5), job(4, 0, -1)];
    expect(decideOn(queue, offers(3)).launched).toEqual([2, 3, 1]);
  });

  it("launches nothing on a GPU that is withheld", () => {
    const { launched, decision } = decideOn([job(1, 1)], offers(9, 0, 1));
    expect(launched).toEqual([]);
    expect(explain(decision, job(1, 1))?.message).toBe(
      "wants 1 of 1 GPU, 0 free, 1 still held by what an ended job left",
    );
  });

  it("lets no job overtake a job that waits for GPUs, except jobs that ask for none", () => {
    const queue = [job(1, 2), job(2, 1), job(3)];
    const { launched, decision } = decideOn(queue, offers(9, 1));
    expect(launched).toEqual([3]);
    expect(explain(decision, job(1, 2))).toMatchObject({
      code: "gpus",
      message: "wants 2 of 1 GPU, 1 free",
    });
    expect(explain(decision, job(2, 1))).toMatchObject({
      code: "behind",
      message: "behind job 1, which waits for 2 GPUs",
    });
  });

  it("judges a further resource by the same rule, without a change here", () => {
    const asks = (id: number, licence: number): QueuedJob => ({
      id,
      priority: 0,
      demand: { slot: 1, licence },
    });
    const there = { ...offers(9), licence: { total: 2, free: 1, withheld: 0 } };
    const queue = [asks(1, 2), asks(2, 1), job(3)];
    const { launched, decision } = decideOn(queue, there);
    expect(launched).toEqual([3]);
    expect(explain(decision, asks(1, 2))).toMatchObject({ code: "licence" });
    expect(explain(decision, asks(2, 1))).toMatchObject({ code: "behind" });
  });

  it("says nothing of a job that is not behind the first that waits", () => {
    const { decision } = decideOn([job(5, 2)], offers(9, 1));
    expect(explain(decision, job(4, 1))).toBeNull();
    expect(explain(decision, job(6, 1))?.code).toBe("behind");
    expect(explain(decision, job(6, 1, 7))).toBeNull();
  });

  it("reads one job more for each resource than it launches, however long the queue", () => {
    const queue = new Queue(Array.from({ length: 5000 }, (_, id) => job(id, id % 3)));
    const { launch } = decide(offers(7, 3), queue);
    expect(queue.read).toBeLessThanOrEqual(launch.length + 2);
  });
});

/** The rule in its plainest form: each job of the queue in turn. */
function inTurn(queue: readonly QueuedJob[], slots: number, gpus: number) {
  const launched: number[] = [];
  const codes = new Map<number, string>();
  let waiting = false;
  let full = false;
  for (const { id, demand } of queue.toSorted(inOrder)) {
    const asked = demand["gpu"] ?? 0;
    if (asked > 0 && waiting) codes.set(id, "behind");
    else if (asked > gpus && !full) {
      waiting = true;
      codes.set(id, "gpus");
    } else if (slots === 0) {
      full = true;
      codes.set(id, "slots");
    } else {
      launched.push(id);
      gpus -= asked;
      slots -= 1;
    }
  }
  return { launched, codes };
}

describe("whatever is queued", () => {
  const wants = fc.array(
    fc.record({ gpus: fc.nat(4), priority: fc.integer({ min: -1, max: 1 }) }),
    { maxLength: 30 },
  );

  it("decides as a walk over the whole queue would, and explains every job that it does not launch", () => {
    fc.assert(
      fc.property(wants, fc.nat(8), fc.nat(6), (list, slots, gpus) => {
        const queue = list.map((one, id) => job(id, one.gpus, one.priority));
        const expected = inTurn(queue, slots, gpus);
        const { launched, decision, code } = decideOn(queue, offers(slots, gpus));
        expect(launched).toEqual(expected.launched);
        for (const [id, reason] of expected.codes) expect([id, code(id)]).toEqual([id, reason]);
        expect(decision.offers["gpu"]?.free).toBeGreaterThanOrEqual(0);
        expect(decision.offers["slot"]?.free).toBe(slots - launched.length);
      }),
    );
  });
});
