import { describe, expect, it } from "vitest";
import { parseIoreg } from "./ioreg.ts";

// In the form of ioreg on Apple Silicon; the figures are invented. Not tested on a Mac.
const registry = `+-o AGXAcceleratorG16G  <class AGXAcceleratorG16G, id 0x10000050b, registered, matched, active, busy 0 (655 ms), retain 51>
  | {
  |   "PerformanceStatistics" = {"In use system memory (driver)"=0,"Alloc system memory"=1574862848,"Tiler Utilization %"=20,"Device Utilization %"=21,"In use system memory"=351141888}
  |   "model" = "Apple M4"
  |   "gpu-core-count" = 10
  | }
  +-o AGXDeviceUserClient  <class AGXDeviceUserClient, id 0x100000a01, !registered, !matched, active, busy 0, retain 7>
  | {
  |   "IOUserClientCreator" = "pid 431, WindowServer"
  | }
  +-o AGXDeviceUserClient  <class AGXDeviceUserClient, id 0x100000a02, !registered, !matched, active, busy 0, retain 7>
    {
      "IOUserClientCreator" = "pid 812, python3.12"
    }
`;

describe("Apple's registry", () => {
  it("reports memory for all processes together, and the connected processes", () => {
    const { devices, problem } = parseIoreg(registry);
    expect(problem).toBeNull();
    expect(devices).toMatchObject([
      {
        vendor: "apple",
        model: "Apple M4",
        memory: { totalBytes: null, usedBytes: 351141888 },
        memoryIsShared: true,
        utilisation: { gpuPercent: 21 },
        listed: [
          { pid: 431, usedBytes: null, how: "ioreg" },
          { pid: 812, usedBytes: null, how: "ioreg" },
        ],
      },
    ]);
  });

  it("without statistics has no device", () => {
    expect(parseIoreg("+-o Something\n")).toMatchObject({ devices: [], problem: { code: null } });
  });
});
