import { fakeDevice, fakeHolder, fakeSnapshot } from "../../gpu/fake-probe.ts";
import type { GpuDevice, GpuHolder, GpuSnapshot, ThrottleReason } from "../../gpu/snapshot.ts";
import type { Cases } from "./case.ts";
import type { FakeExamination } from "./fake-examination.ts";

/** Sets the GPU's state for each sample (2 s apart); the last one stays. */
function gpu(
  p: FakeExamination,
  at: (sample: number) => Partial<GpuDevice>,
  more?: Partial<GpuSnapshot>,
) {
  p.gpu.next.push(
    ...Array.from({ length: 12 }, (_, sample) =>
      fakeSnapshot({ devices: [fakeDevice({ ...working, ...at(sample) })], ...more }),
    ),
  );
}

const working: Partial<GpuDevice> = {
  utilisation: { gpuPercent: 98, memoryPercent: 40 },
  clocks: { smMHz: 1900, memoryMHz: 2619, maxSmMHz: 1980, maxMemoryMHz: 2619 },
  throttle: throttle([]),
};

function throttle(
  reasons: ThrottleReason[] | null,
  counters: Partial<GpuDevice["throttle"]["counters"]> = {},
): GpuDevice["throttle"] {
  const none = { swPowerCapNs: 0, swThermalNs: 0, hwThermalNs: 0, powerBrakeNs: 0 };
  return { bits: null, reasons, counters: { ...none, ...counters } };
}

/** A driver without counters. */
const uncounted = { swPowerCapNs: null, swThermalNs: null, hwThermalNs: null, powerBrakeNs: null };

const second = 1e9;
const gibibytes = (number: number) => number * 2 ** 30;

const used = (bytes: number): Pick<GpuDevice, "memory"> => ({
  memory: { totalBytes: gibibytes(80), usedBytes: bytes, reservedBytes: 0, freeBytes: 0 },
});

const dead: GpuHolder = fakeHolder({
  pid: 700,
  start: null,
  alive: false,
  usedBytes: gibibytes(1),
  how: ["nvml-compute"],
  process: null,
});
const heir: GpuHolder = fakeHolder({ pid: 701, usedBytes: null, how: ["descriptor"] });

const namespaced = {
  holderSight: {
    searched: true,
    initialPidNamespace: false,
    unreadable: 0,
    complete: false,
    reason: "this is a container",
  },
};

export const gpuCases = {
  "gpu-probe-unavailable": {
    ill: (p) => {
      p.machine.put({
        "/sys/bus/pci/devices/0000:3b:00.0/vendor": "0x10de\n",
        "/sys/bus/pci/devices/0000:3b:00.0/class": "0x030200\n",
      });
      p.gpu.next.push(
        fakeSnapshot({
          probe: {
            source: "nvml",
            state: "unavailable",
            reason: "driver and library do not match",
            code: 18,
            failures: 0,
            stuckPids: [],
          },
        }),
      );
    },
    well: {
      "there is no GPU": (p) =>
        p.gpu.next.push(
          fakeSnapshot({
            probe: {
              source: "none",
              state: "unavailable",
              reason: "no sign of a GPU",
              code: null,
              failures: 0,
              stuckPids: [],
            },
          }),
        ),
      "it answers": (p) => gpu(p, () => ({})),
    },
  },
  "gpu-fault": {
    ill: (p) => gpu(p, () => ({ lastXid: { code: 79, seenAtMs: 0 } })),
    well: {
      "a faulty program caused an error": (p) =>
        gpu(p, () => ({ lastXid: { code: 31, seenAtMs: 0 } })),
    },
  },
  "gpu-lingering-inherited": {
    ill: (p) => gpu(p, () => ({ ...used(gibibytes(1)), holders: [dead, heir] })),
    well: {
      "the holder lives": (p) =>
        gpu(p, () => ({ ...used(gibibytes(1)), holders: [fakeHolder({}), heir] })),
      "the driver's list lags by one sample": (p) =>
        gpu(p, (sample) => ({
          ...used(gibibytes(1)),
          holders: sample === 10 ? [dead, heir] : [fakeHolder({ pid: 700 }), heir],
        })),
      "in a container the pids may be those of other processes": (p) =>
        gpu(p, () => ({ ...used(gibibytes(1)), holders: [dead, heir] }), namespaced),
    },
  },
  "gpu-lingering-unowned": {
    ill: (p) => gpu(p, () => used(gibibytes(2))),
    well: {
      "a holder's managed memory is accounted to no process": (p) =>
        gpu(p, () => ({ ...used(gibibytes(9)), holders: [fakeHolder({ usedBytes: 0 })] })),
      "the driver keeps a little": (p) => gpu(p, () => used(20 * 2 ** 20)),
      "it is released within the window": (p) =>
        gpu(p, (sample) => used(sample < 6 ? gibibytes(2) : 0)),
      "it is in use in only one sample": (p) =>
        gpu(p, (sample) => used(sample < 10 ? 0 : gibibytes(2))),
      "it is split into instances": (p) =>
        gpu(p, () => ({ ...used(gibibytes(2)), migEnabled: true })),
      "it shares the machine's memory": (p) =>
        gpu(p, () => ({ ...used(gibibytes(2)), memoryIsShared: true })),
      "not every holder is visible": (p) => gpu(p, () => used(gibibytes(2)), namespaced),
      "a process has a device open that belongs to no single GPU": (p) =>
        gpu(p, () => used(gibibytes(2)), { unplacedHolders: [heir] }),
    },
  },
  "gpu-thermal": {
    ill: (p) =>
      gpu(p, (sample) => ({
        throttle: throttle(["hw-thermal"], { hwThermalNs: sample * second }),
      })),
    well: {
      "it was slowed down before the window": (p) =>
        gpu(p, () => ({ throttle: throttle([], { hwThermalNs: 900 * second }) })),
      "only the hardware-slowdown bit is set, as during a state change": (p) =>
        gpu(p, () => ({ throttle: throttle(["hw-slowdown"], uncounted) })),
      "it is idle": (p) =>
        gpu(p, () => ({ throttle: throttle(["idle", "sw-thermal"], uncounted) })),
      "two of eleven samples catch a brief slowdown": (p) =>
        gpu(p, (sample) => ({
          throttle: throttle(sample === 3 || sample === 7 ? ["sw-thermal"] : [], uncounted),
        })),
    },
  },
  "gpu-power-fault": {
    ill: (p) => gpu(p, () => ({ throttle: throttle(["power-brake"], uncounted) })),
    well: {
      "it is at its power limit": (p) =>
        gpu(p, (sample) => ({
          throttle: throttle(["sw-power-cap"], { swPowerCapNs: sample * 2 * second }),
        })),
    },
  },
  "gpu-power-limited": {
    ill: (p) =>
      gpu(p, (sample) => ({
        throttle: throttle(["sw-power-cap"], { swPowerCapNs: sample * 2 * second }),
        clocks: { smMHz: 1410, memoryMHz: 2619, maxSmMHz: 1980, maxMemoryMHz: 2619 },
      })),
    well: {
      "it is capped but runs at full clocks": (p) =>
        gpu(p, (sample) => ({
          throttle: throttle(["sw-power-cap"], { swPowerCapNs: sample * 2 * second }),
        })),
      "it has low clocks because it is idle": (p) =>
        gpu(p, () => ({
          throttle: throttle(["idle"]),
          utilisation: { gpuPercent: 0, memoryPercent: 0 },
          clocks: { smMHz: 345, memoryMHz: 2619, maxSmMHz: 1980, maxMemoryMHz: 2619 },
        })),
    },
  },
  "gpu-hot": {
    ill: (p) =>
      gpu(p, () => ({
        temperature: { celsius: 85, slowdownMarginCelsius: 2, shutdownMarginCelsius: 7 },
      })),
    well: {
      "it is warm from work": (p) =>
        gpu(p, () => ({
          temperature: { celsius: 74, slowdownMarginCelsius: 13, shutdownMarginCelsius: 18 },
        })),
    },
  },
} satisfies Cases;
