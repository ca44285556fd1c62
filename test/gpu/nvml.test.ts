import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openGpuProbe } from "../../src/gpu/open-probe.ts";
import type { GpuProbe, GpuSnapshot } from "../../src/gpu/snapshot.ts";
import { realClock } from "../../src/system/clock.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { type Driver, gpuLine, libraryOf, Script, uuidOf } from "./stub.ts";

const program = resolve(import.meta.dirname, "../../build/gpu-probe.cjs");
// A loaded machine answers late; a hanging driver never answers.
const timeoutMs = 3000;
const gone = 999_999; // above the highest pid of this kernel
const fixture = (name: string) => resolve(import.meta.dirname, "../../build/fixtures", name);
const opened: { probe: GpuProbe; script: Script }[] = [];

/** A separate probe, whose driver answers according to the script. */
function machine(driver: Driver, ...lines: string[]) {
  const script = new Script(...lines);
  vi.stubEnv("NVML_STUB", script.path);
  const probe = openGpuProbe(realClock, { library: libraryOf(driver), timeoutMs, program });
  opened.push({ probe, script });
  return { probe, script };
}

async function sample(driver: Driver, ...lines: string[]): Promise<GpuSnapshot> {
  return machine(driver, ...lines).probe.snapshot();
}

const listed = ({ devices }: GpuSnapshot) =>
  devices[0]?.holders.map(({ pid, usedBytes, alive, how }) => ({ pid, usedBytes, alive, how }));

const self = process.pid;

afterEach(() => {
  for (const { probe, script } of opened.splice(0)) {
    probe.close();
    script.remove();
  }
  vi.unstubAllEnvs();
});

describe("a driver that answers", () => {
  it("is read completely", async () => {
    const snapshot = await sample(
      "whole",
      gpuLine(0),
      gpuLine(1),
      `process 1 compute ${self} 1073741824`,
      "set 1 reasons 68",
      "set 1 field-270 5000000",
      "set 1 field-194 11",
      "xid 1 31",
    );
    const [first, second] = snapshot.devices;
    expect(snapshot).toMatchObject({
      probe: { source: "nvml", state: "ok", reason: null, code: null, failures: 0, stuckPids: [] },
      driverVersion: "580.173.02",
      libraryVersion: "13.580.173.02",
    });
    expect(first).toMatchObject({ uuid: uuidOf(0), holders: [], lastXid: null, xidWatched: true });
    expect(second).toMatchObject({
      uuid: uuidOf(1),
      index: 1,
      model: "NVIDIA H200",
      pciAddress: "0000:84:00.0",
      deviceFiles: ["/dev/nvidia1"],
      memory: { totalBytes: 150754820096, usedBytes: 1073741824, reservedBytes: 653262848 },
      temperature: { celsius: 38, slowdownMarginCelsius: 11, shutdownMarginCelsius: null },
      clocks: { smMHz: 345, maxSmMHz: 1980, memoryMHz: 3201, maxMemoryMHz: 3201 },
      throttle: {
        bits: 68,
        reasons: ["sw-power-cap", "hw-thermal"],
        counters: { swPowerCapNs: 0, hwThermalNs: 5_000_000 },
      },
      power: { drawMilliwatts: 83_380, limitMilliwatts: 700_000 },
      ecc: { uncorrectedVolatile: 0, uncorrectedAggregate: 2 },
      migEnabled: false,
      persistence: true,
      lastXid: { code: 31 },
      refusals: [],
    });
    expect(second?.holders).toMatchObject([
      { pid: self, alive: true, usedBytes: 1073741824, how: ["nvml-compute"] },
    ]);
  });

  it.each<Driver>(["whole", "no-v3", "no-v2", "wide-v3", "old"])(
    "in the form %s lists the same processes",
    async (driver) => {
      const snapshot = await sample(
        driver,
        gpuLine(0),
        `process 0 compute ${self} 4096`,
        `process 0 compute 1 8192`,
        `process 0 graphics ${self} 4096`,
        `process 0 compute ${gone} 12288 0`,
      );
      expect(listed(snapshot)).toEqual([
        { pid: 1, usedBytes: 8192, alive: true, how: ["nvml-compute"] },
        { pid: self, usedBytes: 4096, alive: true, how: ["nvml-compute", "nvml-graphics"] },
        { pid: gone, usedBytes: 12288, alive: false, how: ["nvml-compute"] },
      ]);
      expect(snapshot.devices[0]?.memory.usedBytes).toBe(
        // The old form counts reserved memory as used.
        28672 + (driver === "old" ? 653262848 : 0),
      );
      expect(snapshot.devices[0]?.throttle.reasons).toEqual(["idle"]);
    },
  );

  it("without a figure for a process gives null, never zero", async () => {
    const snapshot = await sample("whole", gpuLine(0), `process 0 compute ${self} -1`);
    expect(listed(snapshot)).toMatchObject([{ pid: self, usedBytes: null }]);
  });

  it("whose list grows between the two queries is queried again with more room", async () => {
    const lines = [gpuLine(0), `process 0 compute ${self} 4096`, "growing 12"];
    const snapshot = await sample("whole", ...lines);
    expect(snapshot.devices[0]?.processListRead).toBe(true);
    expect(snapshot.devices[0]?.holders).toHaveLength(13);
  });

  it("reports that a GPU shares the machine's memory", async () => {
    const snapshot = await sample("whole", gpuLine(0), gpuLine(1), "set 1 addressing 2");
    expect(snapshot.devices.map(({ memoryIsShared }) => memoryIsShared)).toEqual([false, true]);
  });

  it("marks an MPS client", async () => {
    const snapshot = await sample("whole", gpuLine(0), `process 0 mps ${self} 4096`);
    expect(snapshot.devices[0]?.holders).toMatchObject([{ pid: self, mps: true }]);
  });

  it("keeps one session for all queries, and receives events in between", async () => {
    const { probe, script } = machine("whole", gpuLine(0));
    expect((await probe.snapshot()).devices[0]?.lastXid).toBeNull();
    script.add("xid 0 79");
    // Without the session this code would be the answer.
    script.add("answer nvmlInit_v2 999");
    expect((await probe.snapshot()).devices[0]?.lastXid).toMatchObject({ code: 79 });
  });
});

describe("a driver that refuses", () => {
  it.each([1, 2, 3, 4, 6, 7, 9, 13, 15, 16, 17, 18, 25, 28, 999])(
    "with code %d at the start is quoted",
    async (code) => {
      const snapshot = await sample("whole", gpuLine(0), `answer nvmlInit_v2 ${code}`);
      expect(snapshot.devices).toEqual([]);
      expect(snapshot.probe).toMatchObject({ source: "nvml", state: "unavailable", code });
      expect(snapshot.probe.reason).toContain(`NVML ${code})`);
    },
  );

  it("one figure gives null for it with the reason, and the other figures", async () => {
    const refused = [
      "nvmlDeviceGetMemoryInfo_v2",
      "nvmlDeviceGetTemperature",
      "nvmlDeviceGetFieldValues",
      "nvmlDeviceGetUtilizationRates",
    ];
    const snapshot = await sample(
      "whole",
      gpuLine(0),
      ...refused.map((name) => `answer ${name} 3`),
      "answer nvmlDeviceGetComputeRunningProcesses_v3 4",
    );
    const [device] = snapshot.devices;
    expect(device).toMatchObject({
      memory: { totalBytes: null, usedBytes: null, reservedBytes: null, freeBytes: null },
      temperature: { celsius: null },
      utilisation: { gpuPercent: null },
      throttle: { counters: { hwThermalNs: null } },
      power: { drawMilliwatts: 83_380 },
      processListRead: false,
    });
    expect(device?.refusals.map(({ what, code }) => [what, code])).toEqual([
      ["memory", 3],
      ["utilisation", 3],
      ["throttle counters", 3],
      ["temperature", 3],
      ["processes (compute)", 4],
    ]);
  });

  it("everything about a GPU that fell off the bus still has its identity", async () => {
    const { probe, script } = machine("whole", gpuLine(0));
    const [before] = (await probe.snapshot()).devices;
    for (const name of [
      "UUID",
      "Name",
      "MinorNumber",
      "PciInfo_v3",
      "MemoryInfo_v2",
      "Temperature",
    ])
      script.add(`answer nvmlDeviceGet${name} 15`);
    const [after] = (await probe.snapshot()).devices;
    expect(after).toMatchObject({
      uuid: before?.uuid,
      pciAddress: before?.pciAddress,
      deviceFiles: ["/dev/nvidia0"],
      memory: { usedBytes: null },
    });
    expect(after?.refusals.map(({ code }) => code)).toEqual([15, 15, 15, 15, 15, 15]);
  });

  it("a lost GPU reports this GPU as lost, and lists the others", async () => {
    const { probe, script } = machine("whole", gpuLine(0), gpuLine(1));
    expect((await probe.snapshot()).devices).toHaveLength(2);
    script.add("answer nvmlDeviceGetHandleByIndex_v2 1 15");
    const after = await probe.snapshot();
    expect(after.devices.map(({ index }) => index)).toEqual([0]);
    expect(after.probe).toMatchObject({
      state: "ok",
      reason: "nvml: GPU 1: the GPU is lost (NVML 15)",
    });
  });
});

describe("a driver that fails", () => {
  it("by never answering is killed, reported, and queried again after a delay", async () => {
    const { probe, script } = machine("whole", gpuLine(0));
    await probe.snapshot();
    script.add("hang nvmlDeviceGetTemperature");
    const during = await probe.snapshot();
    expect(during.probe).toMatchObject({ state: "hung", failures: 1, stuckPids: [] });
    expect(during.probe.reason).toContain("no answer in 3s; its process was killed");
    // The search for holders does not depend on the driver.
    expect(during.holderSight.searched).toBe(true);
    script.become(gpuLine(0));
    await vi.waitUntil(async () => (await probe.snapshot()).probe.state === "ok", {
      timeout: longestWaitMs,
      interval: 100,
    });
  });

  it.skipIf(process.getuid?.() !== 0)(
    "by hanging in the kernel is named, blocks nothing, and no second probe is started",
    async () => {
      const { probe, script } = machine("whole", gpuLine(0));
      await probe.snapshot();
      const mount = join(script.folder, "frozen");
      const frozen = spawn(fixture("07-frozen-mount"), [mount], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const over = once(frozen, "exit");
      const [line] = (await Promise.race([once(frozen.stdout, "data"), over])) as [unknown];
      expect(String(line)).toBe("ready\n");
      script.add(`stuck nvmlDeviceGetTemperature ${mount}`);
      const during = await probe.snapshot();
      const [pid = 0] = during.probe.stuckPids;
      expect(during.probe).toMatchObject({ state: "hung", stuckPids: [pid] });
      expect(during.probe.reason).toContain(`its process ${pid} hangs in the kernel`);
      expect(readFileSync(`/proc/${pid}/stat`, "utf8")).toMatch(/\) D /);
      expect(during.holderSight.searched).toBe(true);
      const after = await probe.snapshot();
      expect(after.probe).toMatchObject({ state: "hung", failures: 1, stuckPids: [pid] });
      expect(after.holderSight.searched).toBe(true);
      // The file system thaws, and the kernel ends the process.
      script.become(gpuLine(0));
      frozen.stdin.end();
      await over;
      await vi.waitUntil(async () => (await probe.snapshot()).probe.state === "ok", {
        timeout: longestWaitMs,
        interval: 100,
      });
      expect((await probe.snapshot()).probe.stuckPids).toEqual([]);
    },
  );

  it("by crashing its process is reported, and nothing else crashes", async () => {
    const { probe, script } = machine("whole", gpuLine(0));
    await probe.snapshot();
    script.add("crash nvmlDeviceGetPowerUsage");
    const during = await probe.snapshot();
    expect(during.probe).toMatchObject({ state: "crashed", failures: 1 });
    expect(during.probe.reason).toContain("SIGSEGV");
    expect(during.holderSight.searched).toBe(true);
  });

  it("by a missing library leads to a query of nvidia-smi, which is missing too", async () => {
    vi.stubEnv("PATH", "/nowhere");
    const probe = openGpuProbe(realClock, {
      library: "/nowhere/nvml.so",
      timeoutMs,
      program,
    });
    const { probe: report, devices } = await probe.snapshot();
    probe.close();
    expect({ state: report.state, devices }).toEqual({ state: "unavailable", devices: [] });
    expect(report.reason).toContain("the driver's library cannot be loaded");
    expect(report.reason).toContain("nvidia-smi is not installed");
  });
});
