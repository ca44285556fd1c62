import fc from "fast-check";
import { expect, it } from "vitest";
import { endedJob, sampleJob } from "../testing/sample-job.ts";
import { exitCodeOf } from "./exit-code.ts";
import { stateNames } from "./states.ts";

it("is the job's own", () => {
  expect(exitCodeOf(endedJob("succeeded"))).toBe(0);
  expect(exitCodeOf(endedJob("failed", { code: 3 }))).toBe(3);
  expect(exitCodeOf(endedJob("failed", { code: null, signal: 11 }))).toBe(139);
});

it("shows how the job was stopped, whatever its program exits with", () => {
  expect(exitCodeOf(endedJob("timed_out", { code: 0, reason: "time_limit" }))).toBe(124);
  expect(exitCodeOf(endedJob("cancelled", { code: 143, reason: "cancel" }))).toBe(130);
  expect(exitCodeOf(endedJob("lost", { code: null, reason: "keeper_lost" }))).toBe(125);
});

it("shows that a program could not be executed", () => {
  expect(exitCodeOf(endedJob("failed", { code: 126, reason: "exec_failed" }))).toBe(126);
  expect(exitCodeOf(endedJob("failed", { code: null, reason: "exec_failed" }))).toBe(127);
  expect(exitCodeOf(endedJob("failed", { code: null, reason: "launch_failed" }))).toBe(125);
});

it("is 0 only for success", () => {
  const code = fc.option(fc.integer({ min: 0, max: 255 }));
  const signal = fc.option(fc.integer({ min: 1, max: 64 }));
  fc.assert(
    fc.property(fc.constantFrom(...stateNames), code, signal, (state, exit, number) => {
      const outcome = { code: exit, signal: number, reason: "exited" as const, leftovers: 0 };
      expect(exitCodeOf(sampleJob({ state, outcome })) === 0).toBe(state === "succeeded");
    }),
  );
});
