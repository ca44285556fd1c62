import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../src/contract/doctor.ts";
import { gpuLine, libraryOf, Script, uuidOf } from "../gpu/stub.ts";
import { PrivateServer } from "../harness/private-server.ts";
import { about, examined, facetOf } from "./examined.ts";

const gib = 2 ** 30;
const uuid = uuidOf(0);

/** A doctor with its own driver; no server runs. */
class GpuMachine {
  readonly script: Script;
  readonly holdfast: PrivateServer;

  constructor(...lines: string[]) {
    this.script = new Script(...lines);
    this.holdfast = new PrivateServer({
      HOLDFAST_GPUS_LIBRARY: libraryOf("whole"),
      HOLDFAST_GPUS_PROBE_TIMEOUT: "10s",
      HOLDFAST_ORPHANS_WINDOW: "20ms",
      NVML_STUB: this.script.path,
    });
  }

  /** Three samples, 2 s apart. */
  async examine(): Promise<DoctorReport> {
    return (await examined(this.holdfast, "--window", "4s")).report;
  }

  async remove(): Promise<void> {
    await this.holdfast.expectNothingLeft();
    await this.holdfast.remove();
    this.script.remove();
  }
}

const busy = [`set 0 utilisation 97`, `set 0 reasons 0`];

describe("a GPU, according to its driver", () => {
  const machines = {
    well: new GpuMachine(gpuLine(0), ...busy),
    mismatch: new GpuMachine(gpuLine(0), "answer nvmlInit_v2 18"),
    hot: new GpuMachine(gpuLine(0), ...busy, `count 0 field-270`),
    braked: new GpuMachine(gpuLine(0), "set 0 utilisation 97", "set 0 reasons 128"),
    lingering: new GpuMachine(gpuLine(0).replace(/ 0 NVIDIA/, ` ${2 * gib} NVIDIA`)),
  };
  const reports = new Map<keyof typeof machines, DoctorReport>();
  const of = (name: keyof typeof machines): DoctorReport => {
    const report = reports.get(name);
    if (report === undefined) throw new Error(`${name} was not examined`);
    return report;
  };

  beforeAll(async () => {
    const names = Object.keys(machines) as (keyof typeof machines)[];
    await Promise.all(names.map(async (name) => reports.set(name, await machines[name].examine())));
  });
  afterAll(async () => {
    for (const machine of Object.values(machines)) await machine.remove();
  });

  it("that works is measured and has no verdict", () => {
    expect(about(of("well"), uuid)).toEqual([]);
    expect(about(of("well"), "GPUs")).toEqual([]);
    expect(facetOf(of("well"), "gpu-throttling")?.figures).toContainEqual({
      name: "gpu.thermal",
      subject: uuid,
      value: 0,
      unit: "%",
    });
  });

  it("whose driver and library do not match is not healthy", () => {
    const found = of("mismatch").verdicts.find(({ subject }) => subject === "GPUs");
    expect(found).toMatchObject({ verdict: "gpu-probe-unavailable", severity: "critical" });
    expect(found?.source).toContain("code 18");
    expect(facetOf(of("mismatch"), "gpu-memory")?.state).toBe("not measured");
  });

  it("that is slowed down for heat, according to its counter", () => {
    expect(about(of("hot"), uuid)).toEqual(["gpu-thermal"]);
    expect(of("hot").verdicts.find((one) => one.subject === uuid)).toMatchObject({
      confidence: "proven",
      evidence: [expect.stringMatching(/°C/), expect.stringMatching(/MHz/), expect.any(String)],
    });
  });

  it("that its power supply slows down", () => {
    expect(about(of("braked"), uuid)).toEqual(["gpu-power-fault"]);
  });

  it("with memory that no process holds", () => {
    expect(about(of("lingering"), uuid)).toEqual(["gpu-lingering-unowned"]);
    expect(of("lingering").verdicts.find((one) => one.subject === uuid)?.figure).toBe(2 * gib);
  });
});
