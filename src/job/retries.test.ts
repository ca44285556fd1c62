import { describe, expect, it } from "vitest";
import type { Outcome } from "./outcome.ts";
import { reasonNames } from "./reasons.ts";
import { causeOf, delayBeforeRetry, retryCauses, type Retries } from "./retries.ts";

const exited = (code: number | null): Outcome => ({
  reason: "exited",
  code,
  signal: null,
  leftovers: 0,
});
const three: Retries = { max: 3, on: ["failed"], delayMs: 10_000 };

describe("what a job is tried again after", () => {
  it("is never a success, a request or a missing program", () => {
    expect(causeOf(exited(0))).toBeNull();
    for (const reason of ["cancel", "lease", "exec_failed", "launch_failed"] as const)
      expect(causeOf({ ...exited(null), reason }), reason).toBeNull();
  });

  it("is a failure by exit code or by signal", () => {
    expect(causeOf(exited(1))).toBe("failed");
    expect(causeOf({ ...exited(null), signal: 9 })).toBe("failed");
  });

  it("is a machine that went down, in order or not", () => {
    for (const reason of ["machine_restarted", "shutdown", "keeper_terminated"] as const)
      expect(causeOf({ ...exited(null), reason })).toBe("machine_restarted");
  });

  it("has an outcome for each cause", () => {
    const outcomes = reasonNames.flatMap((reason) =>
      [0, 1, null].map((code) => Object.assign(exited(code), { reason })),
    );
    expect(new Set(outcomes.map(causeOf))).toEqual(new Set([null, ...retryCauses]));
  });
});

describe("the wait before the next attempt", () => {
  it("doubles with each attempt that ran, up to an hour", () => {
    const waits = [1, 2, 3].map((executed) => delayBeforeRetry(three, executed, exited(1)));
    expect(waits).toEqual([10_000, 20_000, 40_000]);
    expect(delayBeforeRetry({ ...three, max: 1000 }, 900, exited(1))).toBe(3_600_000);
  });

  it("is never shorter than what was asked for", () => {
    expect(delayBeforeRetry({ ...three, delayMs: 86_400_000 }, 1, exited(1))).toBe(86_400_000);
  });

  it("is over after the last retry, and never begins without one", () => {
    expect(delayBeforeRetry(three, 4, exited(1))).toBeNull();
    expect(delayBeforeRetry({ ...three, max: 0 }, 1, exited(1))).toBeNull();
  });

  it("is only for the causes that were named", () => {
    expect(delayBeforeRetry(three, 1, { ...exited(null), reason: "keeper_lost" })).toBeNull();
  });
});
