import type { GpuDevice, GpuHolder, GpuProbe, GpuSnapshot } from "./snapshot.ts";

/**
 * The GPUs of a test's machine: returns the entries of `next` in order, and repeats the last one.
 */
export class FakeGpuProbe implements GpuProbe {
  readonly next: GpuSnapshot[];
  asked = 0;
  closed = false;

  constructor(...next: GpuSnapshot[]) {
    this.next = next;
  }

  async snapshot(): Promise<GpuSnapshot> {
    this.asked += 1;
    const [first] = this.next;
    if (this.next.length > 1) this.next.shift();
    return first ?? fakeSnapshot({});
  }

  close(): void {
    this.closed = true;
  }
}

/** The answer of a working driver on a machine without GPUs, with the given changes. */
export function fakeSnapshot(given: Partial<GpuSnapshot>): GpuSnapshot {
  return {
    takenAtMs: 1_790_000_000_000,
    tookMs: 3,
    probe: { source: "nvml", state: "ok", reason: null, code: null, failures: 0, stuckPids: [] },
    driverVersion: "580.95.05",
    libraryVersion: "13.580.95.05",
    devices: [],
    unplacedHolders: [],
    holderSight: {
      searched: true,
      initialPidNamespace: true,
      unreadable: 0,
      complete: true,
      reason: null,
    },
    ...given,
  };
}

/** An idle GPU of 80 GiB that reports everything, with the given changes. */
export function fakeDevice(given: Partial<GpuDevice>): GpuDevice {
  const index = given.index ?? 0;
  return {
    uuid: `GPU-00000000-0000-4000-8000-00000000000${index}`,
    index,
    vendor: "nvidia",
    model: "NVIDIA H100 80GB HBM3",
    pciAddress: `0000:${(0x3b + index).toString(16)}:00.0`,
    deviceFiles: [`/dev/nvidia${index}`],
    memory: {
      totalBytes: 80 * 2 ** 30,
      usedBytes: 0,
      reservedBytes: 614 * 2 ** 20,
      freeBytes: 80 * 2 ** 30 - 614 * 2 ** 20,
    },
    memoryIsShared: false,
    migEnabled: false,
    persistence: true,
    utilisation: { gpuPercent: 0, memoryPercent: 0 },
    temperature: { celsius: 34, slowdownMarginCelsius: 53, shutdownMarginCelsius: 58 },
    clocks: { smMHz: 345, memoryMHz: 2619, maxSmMHz: 1980, maxMemoryMHz: 2619 },
    throttle: {
      bits: 1,
      reasons: ["idle"],
      counters: { swPowerCapNs: 0, swThermalNs: 0, hwThermalNs: 0, powerBrakeNs: 0 },
    },
    power: { drawMilliwatts: 71_000, limitMilliwatts: 700_000 },
    ecc: { uncorrectedVolatile: 0, uncorrectedAggregate: 0 },
    lastXid: null,
    xidWatched: true,
    holders: [],
    processListRead: true,
    refusals: [],
    ...given,
  };
}

/** A living process that has a device open and is on the driver's list, with the given changes. */
export function fakeHolder(given: Partial<GpuHolder>): GpuHolder {
  return {
    pid: 4242,
    start: 1000,
    alive: true,
    usedBytes: 2 ** 30,
    how: ["nvml-compute", "descriptor"],
    mps: false,
    process: {
      ppid: 1,
      uid: 1000,
      state: "S",
      threads: 1,
      session: 4242,
      comm: "python3",
      command: "python3 train.py",
      cgroup: "/user.slice",
      attempt: null,
      waitChannel: null,
    },
    ...given,
  };
}
