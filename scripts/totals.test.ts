import { describe, expect, it } from "vitest";
import { judgeVitest, lastTotals, sum } from "./totals.ts";

const report = (...statuses: string[]) =>
  JSON.stringify({
    testResults: [
      { assertionResults: statuses.map((status, i) => ({ fullName: `test ${i}`, status })) },
    ],
  });

describe("lastTotals", () => {
  it("takes the last line of totals, and counts the tests that were left out", () => {
    const output = "1 passed, 0 failed\nskipped: a GPU\nskipped: root\n7 passed, 2 failed\n";
    expect(lastTotals(output, false, {}).totals).toEqual({ passed: 7, failed: 2, skipped: 2 });
  });

  it("objects in CI to a skip without a reason", () => {
    const output = "skipped: a GPU\nskipped: root\n7 passed, 0 failed\n";
    expect(lastTotals(output, true, { "a GPU": "CI has none" }).objections).toEqual([
      "skipped without a reason in test/skips.json: root",
    ]);
  });

  it("objects to a run without totals", () => {
    expect(lastTotals("all good, 3 passed, 0 failed", false, {}).objections).toEqual([
      "it printed no totals",
    ]);
  });

  it("objects to a run without tests", () => {
    expect(lastTotals("0 passed, 0 failed", false, {}).objections).toEqual(["it ran no test"]);
  });
});

describe("judgeVitest", () => {
  it("counts what passed, failed and was left out", () => {
    const { totals } = judgeVitest(report("passed", "failed", "skipped", "todo"), false, {});
    expect(totals).toEqual({ passed: 1, failed: 1, skipped: 2 });
  });

  it("objects in CI to a skip without a reason", () => {
    const reasons = { "test 1": "needs a GPU" };
    const { objections } = judgeVitest(report("passed", "skipped", "skipped"), true, reasons);
    expect(objections).toEqual(["skipped without a reason in test/skips.json: test 2"]);
  });

  it("objects to a run without tests", () => {
    expect(judgeVitest(report(), false, {}).objections).toEqual(["it ran no test"]);
  });
});

it("adds totals up", () => {
  expect(
    sum([
      { passed: 1, failed: 2, skipped: 3 },
      { passed: 10, failed: 20, skipped: 30 },
    ]),
  ).toEqual({ passed: 11, failed: 22, skipped: 33 });
});
