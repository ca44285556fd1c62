import { describe, expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { MachineGpuProbe, type MachineProbeParts } from "./machine-probe.ts";
import type { Asked } from "./probe/guard.ts";
import { type Reading, unknownDevice } from "./reading.ts";
import type { GpuSigns } from "./signs.ts";
import type { Ran } from "./watched-run.ts";

const none: GpuSigns = { nvidia: false, amd: false, drm: false, apple: false };
const scan = { openers: [], asked: [], initialPidNamespace: true, unreadable: 0 };
const reading = (given: Partial<Reading>): Reading => ({
  driverVersion: null,
  libraryVersion: null,
  devices: [],
  problem: null,
  ...given,
});
const gpu = (vendor: "nvidia" | "amd", index = 0) =>
  unknownDevice({ uuid: `GPU-${vendor}-${index}`, index, vendor, model: vendor });

function machine(
  signs: Partial<GpuSigns>,
  answers: { nvml?: Asked<Reading>; amd?: Reading; smi?: Ran },
) {
  const asked: string[] = [];
  const probe = new MachineGpuProbe({
    clock: new FakeClock(),
    signs: () => ({ ...none, ...signs }),
    library: null,
    guard: {
      failures: 2,
      stuckPids: [],
      close: () => undefined,
      ask: (async ({ ask }: { ask: string }) => {
        asked.push(ask);
        if (ask === "holders") return { kind: "answered", answer: scan };
        if (ask === "nvml") return answers.nvml;
        return { kind: "answered", answer: answers.amd ?? reading({}) };
      }) as MachineProbeParts["guard"]["ask"],
    },
    run: async (program) => {
      asked.push(program);
      return answers.smi ?? { kind: "absent", message: `${program} is not installed` };
    },
  });
  return { probe, asked };
}

describe("the machine's GPUs", () => {
  it("are not queried without a sign of a GPU", async () => {
    const { probe, asked } = machine({}, {});
    expect((await probe.snapshot()).probe).toMatchObject({ source: "none", state: "unavailable" });
    expect(asked).toEqual([]);
  });

  it("are queried once for concurrent requests", async () => {
    const nvml: Asked<Reading> = {
      kind: "answered",
      answer: reading({ devices: [gpu("nvidia")] }),
    };
    const { probe, asked } = machine({ nvidia: true }, { nvml });
    const [first, second] = await Promise.all([probe.snapshot(), probe.snapshot()]);
    expect(first).toBe(second);
    expect(asked).toEqual(["nvml", "holders"]);
  });

  it("of two vendors are numbered consecutively, NVIDIA's first", async () => {
    const nvml: Asked<Reading> = {
      kind: "answered",
      answer: reading({ devices: [gpu("nvidia")] }),
    };
    const { probe } = machine(
      { nvidia: true, amd: true },
      { nvml, amd: reading({ devices: [gpu("amd")] }) },
    );
    const { devices } = await probe.snapshot();
    expect(devices.map(({ vendor, index }) => [vendor, index])).toEqual([
      ["nvidia", 0],
      ["amd", 1],
    ]);
  });

  it("are queried from nvidia-smi after the library's process crashed, and the crash is still reported", async () => {
    const line = (fields: string) =>
      fields
        .split(",")
        .map((name) => (name === "index" ? "0" : name === "uuid" ? "GPU-1" : "[N/A]"));
    const { probe } = machine({ nvidia: true }, { nvml: { kind: "crashed", reason: "SIGSEGV" } });
    const withSmi = new MachineGpuProbe({
      clock: new FakeClock(),
      signs: () => ({ ...none, nvidia: true }),
      library: null,
      guard: {
        failures: 1,
        stuckPids: [],
        close: () => undefined,
        ask: (async ({ ask }: { ask: string }) =>
          ask === "holders"
            ? { kind: "answered", answer: scan }
            : { kind: "crashed", reason: "SIGSEGV" }) as MachineProbeParts["guard"]["ask"],
      },
      run: async (_program, [query = ""]) => ({
        kind: "ended",
        code: 0,
        stderr: "",
        stdout: query.startsWith("--query-gpu=") ? `${line(query.slice(12)).join(", ")}\n` : "",
      }),
    });
    expect(await withSmi.snapshot()).toMatchObject({
      probe: { source: "nvidia-smi", state: "ok", reason: "nvml: SIGSEGV" },
      devices: [{ uuid: "GPU-1" }],
    });
    expect((await probe.snapshot()).probe.reason).toBe(
      "nvml: SIGSEGV; nvidia-smi: nvidia-smi is not installed",
    );
  });

  it("are not queried from nvidia-smi if the library itself refused", async () => {
    const problem = { code: 18, message: "driver and library do not fit" };
    const { probe, asked } = machine(
      { nvidia: true },
      { nvml: { kind: "answered", answer: reading({ problem }) } },
    );
    expect((await probe.snapshot()).probe).toMatchObject({ state: "unavailable", code: 18 });
    expect(asked).not.toContain("nvidia-smi");
  });

  it("are not queried again from an nvidia-smi that cannot be killed, which is named, until it is gone", async () => {
    const gone = Promise.withResolvers<void>();
    const { probe, asked } = machine(
      { nvidia: true },
      {
        nvml: { kind: "hung", reason: "late" },
        smi: { kind: "hung", stuckPid: 77, gone: gone.promise },
      },
    );
    expect((await probe.snapshot()).probe).toMatchObject({ state: "hung", stuckPids: [77] });
    await probe.snapshot();
    expect(asked.filter((name) => name === "nvidia-smi")).toHaveLength(1);
    gone.resolve();
    await gone.promise;
    await probe.snapshot();
    expect(asked.filter((name) => name === "nvidia-smi")).toHaveLength(2);
  });
});
