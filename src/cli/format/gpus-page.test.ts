import { describe, expect, it } from "vitest";
import type { Gpus } from "../../client/client.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { gpusPage } from "./gpus-page.ts";
import { receiptGpus } from "./receipt-gpus.ts";
import { laidOut } from "../testing/laid-out.ts";

const gib = 2 ** 30;

const gpu: Gpus["gpus"][number] = {
  uuid: "GPU-1",
  index: 0,
  vendor: "nvidia",
  model: "NVIDIA H200",
  pciAddress: "0000:83:00.0",
  memory: { totalBytes: 140 * gib, usedBytes: gib, reservedBytes: 0, freeBytes: 139 * gib },
  memoryIsShared: false,
  migEnabled: false,
  utilisation: { gpuPercent: 97, memoryPercent: 11 },
  temperature: { celsius: 61, slowdownMarginCelsius: 26, shutdownMarginCelsius: null },
  clocks: { smMHz: 1980, memoryMHz: 3201, maxSmMHz: 1980, maxMemoryMHz: 3201 },
  throttle: {
    bits: 6,
    reasons: ["application-clocks", "sw-power-cap"],
    counters: { swPowerCapNs: 1, swThermalNs: 0, hwThermalNs: 0, powerBrakeNs: 0 },
  },
  power: { drawMilliwatts: 655_400, limitMilliwatts: 700_000 },
  ecc: { uncorrectedVolatile: 0, uncorrectedAggregate: 0 },
  lastXid: null,
  xidWatched: true,
  holders: [],
  processListRead: true,
  refusals: [],
  assignable: true,
  jobId: 42,
  withheld: null,
};
const holder: Gpus["gpus"][number]["holders"][number] = {
  pid: 812,
  alive: true,
  usedBytes: gib,
  how: ["nvml-compute", "descriptor"],
  mps: false,
  uid: 1000,
  state: "S",
  command: "python3 train.py",
  owner: "job 42",
  jobId: 42,
  jobEnded: false,
};
const found: Gpus = {
  takenAtMs: 1_790_000_000_000,
  tookMs: 3,
  probe: { source: "nvml", state: "ok", reason: null, code: null, failures: 0, stuckPids: [] },
  driverVersion: "580",
  libraryVersion: "13.580",
  gpus: [gpu],
  unplacedHolders: [],
  holderSight: {
    searched: true,
    initialPidNamespace: true,
    unreadable: 0,
    complete: true,
    reason: null,
  },
};
const page = (given: Partial<Gpus>) => laidOut(gpusPage({ ...found, ...given }));

describe("the page of the GPUs", () => {
  it("shows the load and the holders of each", () => {
    expect(page({ gpus: [{ ...gpu, holders: [holder] }] })).toEqual([
      "GPU  MODEL                MEMORY  BUSY  TEMP  POWER  SLOWED BY     GIVEN TO",
      "  0  NVIDIA H200  1GiB of 140GiB   97%  61°C   655W  sw-power-cap  job 42",
      "",
      "GPU  PID  MEMORY  BELONGS TO  BY                        COMMAND",
      "  0  812    1GiB  job 42      nvml-compute, descriptor  python3 train.py",
    ]);
  });

  it("shows ? for what the driver does not report, and never 0", () => {
    const nothing = {
      memory: { totalBytes: null, usedBytes: null, reservedBytes: null, freeBytes: null },
      utilisation: { gpuPercent: null, memoryPercent: null },
      temperature: { celsius: null, slowdownMarginCelsius: null, shutdownMarginCelsius: null },
      power: { drawMilliwatts: null, limitMilliwatts: null },
      throttle: { ...gpu.throttle, bits: null, reasons: null },
    };
    expect(page({ gpus: [{ ...gpu, ...nothing }] })[1]).toMatch(
      /^ +0 +NVIDIA H200 +\? of \? +\? +\? +\? +\? +job 42$/,
    );
  });

  it("shows why a GPU is withheld, its errors, and what was not seen", () => {
    const lines = page({
      gpus: [
        {
          ...gpu,
          jobId: null,
          withheld: { jobId: 41, message: "python3 (812) of this job lives and holds it" },
          lastXid: { code: 79, seenAtMs: found.takenAtMs - 60_000 },
          ecc: { uncorrectedVolatile: 3, uncorrectedAggregate: 3 },
          migEnabled: true,
          processListRead: false,
        },
      ],
      unplacedHolders: [{ ...holder, usedBytes: null, owner: "no job, unit or container" }],
      holderSight: { ...found.holderSight, complete: false, reason: "3 processes are hidden" },
    }).join("\n");
    for (const message of [
      "withheld (job 41)",
      "since job 41 ended: python3 (812) of this job lives and holds it; holdfast holders gpu:0",
      "Xid 79, 1m 0s ago",
      "3 uncorrected memory errors",
      "split into instances",
      "does not list its processes",
      "the list of holders may be incomplete: 3 processes are hidden",
    ])
      expect(lines).toContain(message);
    expect(lines).toMatch(/^ +\? +812 +\? +no job, unit or container/m);
  });

  it("shows the state of a driver that hangs, or was queried in another way", () => {
    const report = { ...found.probe, reason: "nvml: no answer in 10s", stuckPids: [77] };
    expect(page({ gpus: [], probe: { ...report, state: "hung" } })).toEqual([
      "the driver: hung: nvml: no answer in 10s; stuck in the kernel: 77",
    ]);
    expect(page({ probe: { ...report, source: "nvidia-smi", stuckPids: [] } }).at(-1)).toBe(
      "the driver was queried in another way: nvml: no answer in 10s",
    );
    expect(page({ gpus: [], probe: { ...report, source: "none", state: "unavailable" } })).toEqual([
      "no GPU: nvml: no answer in 10s",
    ]);
  });
});

it("a receipt's page has each GPU before, during and after the job, with its holders", () => {
  const gpus: NonNullable<Receipt["gpus"]> = [
    {
      uuid: "GPU-1",
      index: 0,
      model: "NVIDIA H200",
      beforeBytes: 0,
      peakBytes: 5 * gib,
      ownPeakBytes: null,
      afterBytes: null,
      excessBytes: null,
      verdict: "held_by_live",
      message: "python3 (812) of this job lives and holds it",
      holders: [{ pid: 812, command: "python3 train.py", state: "S", usedBytes: gib }],
      deadPids: [],
      checkMs: 15_000,
      samples: 18,
    },
  ];
  expect(laidOut([receiptGpus({ gpus } as Receipt)])).toEqual([
    "GPUs",
    "  0 NVIDIA H200 (GPU-1): held by a process of this job",
    "    in use: 0B before, at most 5GiB seen during the job, ? after",
    "    python3 (812) of this job lives and holds it, seen in 18 samples over 15s",
    "    held by 812 python3 train.py (state S, 1GiB)",
  ]);
  expect(laidOut([receiptGpus({ gpus: null } as Receipt)])).toEqual([]);
});
