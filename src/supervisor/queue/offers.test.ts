import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resourcesFor } from "../../job/allocation.ts";
import { offersOf } from "./offers.ts";

const held = (...gpuUuids: string[]) => ({ job: 7, resources: resourcesFor(gpuUuids) });

describe("what the machine has for jobs", () => {
  it("is what no attempt holds and nothing withholds", () => {
    const { offers, freeGpuUuids } = offersOf({
      maxRunning: 4,
      gpuUuids: ["a", "b", "c", "d"],
      inUse: [held("b"), held()],
      withheld: new Set(["c", "b"]),
    });
    expect(freeGpuUuids).toEqual(["a", "d"]);
    expect(offers).toEqual({
      slot: { total: 4, free: 2, withheld: 0 },
      gpu: { total: 4, free: 2, withheld: 1, unknownHolders: [] },
    });
  });

  it("has zero slots, not a negative number, after max_running was lowered", () => {
    const inUse = [held(), held(), held()];
    const { offers } = offersOf({ maxRunning: 2, gpuUuids: [], inUse, withheld: new Set() });
    expect(offers["slot"]).toMatchObject({ total: 2, free: 0 });
  });

  it("has no GPU while the record of what a job holds is damaged", () => {
    const inUse = [{ ...held(), damaged: "unknown" as const }];
    const { offers, freeGpuUuids } = offersOf({
      maxRunning: 4,
      gpuUuids: ["a"],
      inUse,
      withheld: new Set(),
    });
    expect(freeGpuUuids).toEqual([]);
    expect(offers["gpu"]).toEqual({ total: 1, free: 0, withheld: 0, unknownHolders: [7] });
  });

  it("never has a GPU that is held, withheld, or that this machine does not have", () => {
    const uuids = ["a", "b", "c", "d", "e"];
    fc.assert(
      fc.property(
        fc.subarray(uuids),
        fc.subarray(uuids),
        fc.subarray(uuids),
        (there, busy, withheld) => {
          const { freeGpuUuids } = offersOf({
            maxRunning: 9,
            gpuUuids: there,
            inUse: [held(...busy)],
            withheld: new Set(withheld),
          });
          const expected = there.filter((one) => !busy.includes(one) && !withheld.includes(one));
          expect(freeGpuUuids).toEqual(expected);
        },
      ),
    );
  });
});
