import { expect, it } from "vitest";
import { limitTrials } from "./limit-trials.ts";
import type { Played } from "./play.ts";

const trial = limitTrials["cpu"];
const played = (cpuUserUs: number, cpuThrottledPeriods: number) =>
  ({
    tookMs: 1000,
    receipt: { cpuUserUs, cpuSystemUs: 0, cpuThrottledPeriods },
  }) as unknown as Played;

it("a CPU limit that a job never reached on a busy machine is neither enforced nor not", () => {
  expect(trial?.inconclusive?.(played(150_000, 0))).toBe(
    "the machine is busy: it got 150 ms of CPU in 1000 ms, less than the limit",
  );
});

it("a CPU limit that held a job back, or that a job went beyond, is judged", () => {
  expect(trial?.inconclusive?.(played(190_000, 3))).toBeNull();
  expect(trial?.objection(played(190_000, 3))).toBeNull();
  expect(trial?.inconclusive?.(played(900_000, 0))).toBeNull();
  expect(trial?.objection(played(900_000, 0))).toBe("it was never throttled");
});
