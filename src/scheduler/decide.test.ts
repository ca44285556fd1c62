import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, type QueuedJob, type Snapshot } from "./decide.ts";

function snapshot(queue: QueuedJob[], rest: Partial<Snapshot> = {}): Snapshot {
  return {
    queue,
    running: 0,
    maxRunning: 10,
    gpuUuids: [],
    busyGpuUuids: new Set(),
    withheldGpuUuids: new Set(),
    ...rest,
  };
}

describe("which jobs start", () => {
  it("starts in order while there are slots, and says what the others wait for", () => {
    const { launch, waiting } = decide(
      snapshot(
        [1, 2, 3].map((id) => ({ id, gpus: 0 })),
        { running: 8 },
      ),
    );
    expect(launch.map(({ id }) => id)).toEqual([1, 2]);
    expect(waiting.get(3)).toMatchObject({ code: "slots" });
  });

  it("gives each job its own GPUs, by UUID", () => {
    const { launch } = decide(
      snapshot(
        [
          { id: 1, gpus: 2 },
          { id: 2, gpus: 1 },
        ],
        { gpuUuids: ["a", "b", "c", "d"], busyGpuUuids: new Set(["b"]) },
      ),
    );
    expect(launch).toEqual([
      { id: 1, gpuUuids: ["a", "c"] },
      { id: 2, gpuUuids: ["d"] },
    ]);
  });

  it("assigns no GPU that is withheld", () => {
    const { launch, waiting } = decide(
      snapshot([{ id: 1, gpus: 1 }], { gpuUuids: ["a"], withheldGpuUuids: new Set(["a"]) }),
    );
    expect(launch).toEqual([]);
    expect(waiting.get(1)?.message).toMatch(/0 free, 1 still held/);
  });

  it("lets nobody overtake a job that waits for GPUs, but for jobs that want none", () => {
    const { launch, waiting } = decide(
      snapshot(
        [
          { id: 1, gpus: 2 },
          { id: 2, gpus: 1 },
          { id: 3, gpus: 0 },
        ],
        { gpuUuids: ["a"] },
      ),
    );
    expect(launch).toEqual([{ id: 3, gpuUuids: [] }]);
    expect(waiting.get(1)).toMatchObject({ code: "gpus", message: "wants 2 of 1 GPUs, 1 free" });
    expect(waiting.get(2)).toMatchObject({ code: "behind" });
  });

  it("never gives a GPU twice, never a busy one, never more jobs than slots, and forgets nobody", () => {
    const uuids = ["a", "b", "c", "d", "e"];
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 20 }),
        fc.subarray(uuids),
        fc.integer({ min: 0, max: 12 }),
        (wants, busy, running) => {
          const queue = wants.map((gpus, id) => ({ id, gpus }));
          const { launch, waiting } = decide(
            snapshot(queue, { running, gpuUuids: uuids, busyGpuUuids: new Set(busy) }),
          );
          const given = launch.flatMap(({ gpuUuids }) => gpuUuids);
          expect(new Set(given).size).toBe(given.length);
          expect(given.filter((uuid) => busy.includes(uuid))).toEqual([]);
          expect(launch.length).toBeLessThanOrEqual(Math.max(0, 10 - running));
          expect(launch.length + waiting.size).toBe(queue.length);
        },
      ),
    );
  });
});
