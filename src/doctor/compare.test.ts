import { describe, expect, it } from "vitest";
import type { DoctorFigure } from "../contract/doctor.ts";
import { compare } from "./compare.ts";
import { figures, type FigureName } from "./figures.ts";
import { defaultThresholds } from "./testing/fake-examination.ts";

const figure = (name: FigureName, value: number, subject = "machine"): DoctorFigure => ({
  name,
  subject,
  value,
  unit: figures[name].unit,
});

const against = (then: DoctorFigure[], now: DoctorFigure[]) =>
  compare(
    now,
    { version: 1, name: "good", atMs: 0, windowMs: 1, jobId: null, verdicts: [], figures: then },
    defaultThresholds,
  );

describe("a figure compared with a good run", () => {
  it.each<[FigureName, number, number, boolean]>([
    ["throughput.progress", 10, 8.1, false],
    ["throughput.progress", 10, 7.9, true],
    ["throughput.progress", 10, 40, false],
    ["throughput.latency", 100, 124, false],
    ["throughput.latency", 100, 126, true],
    ["gpu.temperature", 60, 70, false],
    ["gpu.temperature", 60, 71, true],
    ["gpu.sm-clock", 1900, 1620, false],
    ["gpu.sm-clock", 1900, 1600, true],
    ["cpu.pressure-some", 5, 25, false],
    ["cpu.pressure-some", 5, 26, true],
    // A share of 0 is undefined, and this figure has no direction.
    ["throughput.latency", 0, 500, false],
    ["memory.available", 1e9, 1, false],
  ])("%s from %d to %d is worse: %s", (name, then, now, worse) => {
    const { findings } = against([figure(name, then)], [figure(name, now)]);
    expect(findings.map(({ verdict }) => verdict)).toEqual(worse ? ["worse-than-baseline"] : []);
  });

  it("is reported as missing if not measured now, and only compared with the same subject", () => {
    const { findings, missing } = against(
      [figure("gpu.temperature", 40, "GPU-a")],
      [figure("gpu.temperature", 90, "GPU-b")],
    );
    expect(findings).toEqual([]);
    expect(missing).toEqual([
      "gpu.temperature of GPU-a is in the baseline but was not measured now",
    ]);
  });
});
