import { describe, expect, it } from "vitest";
import { compose } from "./compose.ts";
import { fakeHolder } from "./fake-probe.ts";
import type { HolderScan, Opener } from "./holders/scan.ts";
import { type ReadDevice, unknownDevice } from "./reading.ts";
import type { HolderProcess } from "./snapshot.ts";

const nvidia0 = (listed: ReadDevice["listed"]): ReadDevice => ({
  ...unknownDevice({ uuid: "GPU-1", index: 0, vendor: "nvidia", model: "H100" }),
  deviceFiles: ["/dev/nvidia0"],
  pciAddress: "0000:03:00.0",
  listed,
});
const process = fakeHolder({}).process as HolderProcess;
const opener = (pid: number, files: string[], more: Partial<Opener> = {}): Opener => ({
  pid,
  start: pid * 10,
  process,
  files,
  how: ["descriptor"],
  drm: [],
  ...more,
});
const scan = (given: Partial<HolderScan>): HolderScan => ({
  openers: [],
  asked: [],
  initialPidNamespace: true,
  unreadable: 0,
  ...given,
});

describe("a holder of a GPU", () => {
  it("is on the driver's list, has the device open, or both, and appears once", () => {
    const { devices } = compose(
      [
        nvidia0([
          { pid: 1, usedBytes: 100, how: "nvml-compute" },
          { pid: 1, usedBytes: 100, how: "nvml-graphics" },
        ]),
      ],
      scan({
        openers: [opener(1, ["/dev/nvidia0"]), opener(2, ["/dev/nvidia0", "/dev/nvidiactl"])],
      }),
      null,
    );
    expect(devices[0]?.holders).toMatchObject([
      { pid: 1, usedBytes: 100, how: ["nvml-compute", "nvml-graphics", "descriptor"], alive: true },
      { pid: 2, usedBytes: null, how: ["descriptor"], alive: true, start: 20 },
    ]);
  });

  it("has ended if it is listed and does not exist, but only if every process is visible", () => {
    const listed = [nvidia0([{ pid: 5, usedBytes: 1, how: "nvml-compute" as const }])];
    const alive = (of: HolderScan | null) =>
      compose(listed, of, null).devices[0]?.holders[0]?.alive;
    expect(alive(scan({}))).toBe(false);
    expect(alive(scan({ asked: [{ pid: 5, start: 1, process }] }))).toBe(true);
    expect(alive(scan({ initialPidNamespace: false }))).toBeNull();
    // The driver may mean another process outside, which has the pid 5 there.
    const namesake = [{ pid: 5, start: 1, process }];
    expect(alive(scan({ asked: namesake, initialPidNamespace: false }))).toBeNull();
    const holder = scan({ openers: [opener(5, ["/dev/nvidia0"])], initialPidNamespace: false });
    expect(alive(holder)).toBe(true);
    expect(alive(scan({ initialPidNamespace: null }))).toBeNull();
    expect(alive(null)).toBeNull();
  });

  it("may be a process that has only the driver's files open, on no particular GPU", () => {
    const found = compose(
      [nvidia0([{ pid: 1, usedBytes: 1, how: "nvml-compute" }])],
      scan({ openers: [opener(1, ["/dev/nvidiactl"]), opener(2, ["/dev/nvidia-uvm"])] }),
      null,
    );
    // A process that is listed on one GPU is not searched on another.
    expect(found.unplacedHolders.map(({ pid }) => pid)).toEqual([2]);
  });

  it("has each of its DRM clients counted once, and only on that GPU", () => {
    const client = { driver: "amdgpu", pciAddress: "0000:03:00.0", clientId: "7", vramBytes: 64 };
    const { devices } = compose(
      [{ ...nvidia0([]), deviceFiles: ["/dev/dri/renderD128"] }],
      scan({
        openers: [
          opener(1, ["/dev/dri/renderD128"], {
            drm: [
              client,
              client,
              { ...client, clientId: "8" },
              { ...client, pciAddress: "0000:04:00.0", clientId: "9" },
            ],
          }),
        ],
      }),
      null,
    );
    expect(devices[0]?.holders).toMatchObject([{ usedBytes: 128, how: ["descriptor", "fdinfo"] }]);
  });

  it("is the MPS server if it has its name", () => {
    const server = { ...process, comm: "nvidia-cuda-mps" };
    const { devices } = compose(
      [nvidia0([])],
      scan({ openers: [opener(1, ["/dev/nvidia0"], { process: server })] }),
      null,
    );
    expect(devices[0]?.holders).toMatchObject([{ mps: true }]);
  });
});

describe("the search was complete", () => {
  it.each([
    [scan({}), null, true],
    [scan({ unreadable: 3 }), null, false],
    [scan({ initialPidNamespace: false }), null, false],
    [null, "the probe hangs", false],
  ])("%#", (of, why, complete) => {
    const { holderSight } = compose([], of, why);
    expect(holderSight).toMatchObject({ complete, searched: of !== null });
    expect(holderSight.reason === null).toBe(complete);
  });
});
