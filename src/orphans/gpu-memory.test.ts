import { describe, expect, it } from "vitest";
import { fakeDevice, fakeHolder, fakeSnapshot } from "../gpu/fake-probe.ts";
import { fakeScene } from "./fake-scene.ts";
import { describeGpu, sharesOf } from "./gpu-memory.ts";
import { holdersOf } from "./holders.ts";

const heir = fakeHolder({ pid: 50, start: 7, usedBytes: null, how: ["descriptor"] });
const dead = fakeHolder({
  pid: 40,
  start: null,
  alive: false,
  usedBytes: 3 * 2 ** 30,
  process: null,
});
const device = fakeDevice({ index: 1, holders: [heir, dead] });
const snapshot = fakeSnapshot({ devices: [fakeDevice({ index: 0 }), device] });

describe("what a process holds on each GPU", () => {
  it("is that of the same process, not of another process with its pid", () => {
    expect(sharesOf({ pid: 50, start: 7 }, snapshot)).toEqual([
      { index: 1, uuid: device.uuid, bytes: null },
    ]);
    expect(sharesOf({ pid: 50, start: 8 }, snapshot)).toEqual([]);
    expect(sharesOf({ pid: 50, start: 7 }, null)).toEqual([]);
  });

  it("is described with the processes it may have inherited it from", () => {
    expect(describeGpu(sharesOf({ pid: 50, start: 7 }, snapshot), snapshot)).toEqual([
      "it holds GPU 1 (amount of memory unknown to the driver)",
      "the driver still lists process 40, which has ended, on GPU 1 (3GiB): a process that inherited its descriptors keeps this memory in use",
    ]);
  });
});

describe("holdfast holders gpu:1", () => {
  const ask = (seen: typeof snapshot) =>
    holdersOf("gpu:1", { ...fakeScene({ pid: 50, start: 7, session: 40 }), gpus: seen });

  it("names living holders by the driver's list and the kernel's, and ended processes that the driver still lists", () => {
    expect(ask(snapshot)).toMatchObject({
      ok: true,
      value: {
        paths: ["/dev/nvidia1"],
        holders: [{ pid: 50, by: ["descriptor"], owner: expect.stringMatching(/^none: /) }],
        unread: ["process 40, which the driver still lists although it has ended"],
      },
    });
  });

  it("reports that not every process could be inspected", () => {
    const sight = { ...snapshot.holderSight, complete: false, reason: "in a container" };
    expect(ask({ ...snapshot, holderSight: sight })).toMatchObject({
      value: { unread: [expect.stringContaining("40"), "in a container"] },
    });
  });
});
