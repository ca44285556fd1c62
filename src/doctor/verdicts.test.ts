import { describe, expect, it } from "vitest";
import { verdictNames, verdicts, type VerdictName } from "../contract/doctor-verdicts.ts";
import { severities } from "../contract/doctor-severities.ts";
import type { Case } from "./testing/case.ts";
import { FakeExamination } from "./testing/fake-examination.ts";
import { gpuCases } from "./testing/gpu-cases.ts";
import { jobCases } from "./testing/job-cases.ts";
import { machineCases } from "./testing/machine-cases.ts";

const cases: Record<VerdictName, Case> = { ...machineCases, ...jobCases, ...gpuCases };

describe.each(verdictNames)("%s", (name) => {
  const { ill, well } = cases[name];

  it("is reported with its figure, threshold, window, source and next command", async () => {
    const exam = new FakeExamination();
    ill(exam);
    const { verdicts: found, summary, worst } = await exam.examine();
    const verdict = found.find((one) => one.verdict === name);
    expect(verdict).toMatchObject({
      severity: verdicts[name].severity,
      facet: verdicts[name].facet,
      samples: expect.any(Number),
      // The database check and the orphan scan need no second sample.
      windowMs: ["store", "orphans"].includes(verdicts[name].facet) ? 0 : 20_000,
    });
    for (const text of [verdict?.message, verdict?.source, verdict?.next])
      expect(text?.length).toBeGreaterThan(3);
    expect(verdict?.message).not.toMatch(/NaN|undefined|null/);
    expect(severities.indexOf(worst ?? "info")).toBeGreaterThanOrEqual(
      severities.indexOf(verdicts[name].severity),
    );
    expect(summary).not.toBe(verdicts[name].severity === "info" ? "problems" : "healthy");
  });

  it.each(Object.keys(well))("is not reported when %s", async (reason) => {
    const exam = new FakeExamination();
    well[reason]?.(exam);
    expect(await exam.verdicts()).not.toContain(name);
  });
});

it("a machine without problems has no verdicts and is healthy", async () => {
  const report = await new FakeExamination().examine();
  expect(report).toMatchObject({
    summary: "healthy",
    worst: null,
    verdicts: [],
    message: "healthy",
  });
  const states = new Set(report.facets.map(({ state }) => state));
  expect(states).toEqual(new Set(["measured", "nothing there"]));
});
