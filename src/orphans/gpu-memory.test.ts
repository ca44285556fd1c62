import { describe, expect, it } from "vitest";
import { fakeDevice, fakeHolder, fakeSnapshot } from "../gpu/fake-probe.ts";
import { fakeScene } from "./fake-scene.ts";
import { gpuWords, sharesOf } from "./gpu-memory.ts";
import { whoHolds } from "./who.ts";

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

describe("what a process has of each GPU", () => {
  it("is that of the same process, not of another with its pid", () => {
    expect(sharesOf({ pid: 50, start: 7 }, snapshot)).toEqual([
      { index: 1, uuid: device.uuid, bytes: null },
    ]);
    expect(sharesOf({ pid: 50, start: 8 }, snapshot)).toEqual([]);
    expect(sharesOf({ pid: 50, start: 7 }, null)).toEqual([]);
  });

  it("is told with whom it may have inherited it from", () => {
    expect(gpuWords(sharesOf({ pid: 50, start: 7 }, snapshot), snapshot)).toEqual([
      "it holds GPU 1 (memory, the driver does not say how much)",
      "the driver still counts process 40, which is dead, on GPU 1 (3GiB): whoever inherited its descriptors keeps that",
    ]);
  });
});

describe("who gpu:1", () => {
  const ask = (seen: typeof snapshot) =>
    whoHolds("gpu:1", { ...fakeScene({ pid: 50, start: 7, session: 40 }), gpus: seen });

  it("names the living by the driver's list and the kernel's, and the dead that are still counted", () => {
    expect(ask(snapshot)).toMatchObject({
      ok: true,
      value: {
        paths: ["/dev/nvidia1"],
        holders: [{ pid: 50, by: ["descriptor"], owner: expect.stringContaining("nobody") }],
        unread: ["process 40, which the driver counts although it is dead"],
      },
    });
  });

  it("says when not everybody could be looked into", () => {
    const sight = { ...snapshot.holderSight, complete: false, reason: "in a container" };
    expect(ask({ ...snapshot, holderSight: sight })).toMatchObject({
      value: { unread: [expect.stringContaining("40"), "in a container"] },
    });
  });
});
