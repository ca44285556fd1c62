import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, expect, it } from "vitest";
import { readStat } from "../processes/proc-stat.ts";
import { baselineOf, Memory } from "./memory.ts";

const sleeper = spawn("sleep", ["600"], { env: { HOLDFAST_ATTEMPT: "0".repeat(36) } });
await once(sleeper, "spawn");
const stat = readStat(sleeper.pid ?? 0);
if (stat === null) throw new Error("sleep has ended");

afterAll(async () => {
  if (sleeper.exitCode !== null || sleeper.signalCode !== null) return;
  const gone = once(sleeper, "exit");
  sleeper.kill("SIGKILL");
  await gone;
});

it("recognises a program while it is the same, and reads it again after an exec", () => {
  const memory = new Memory();
  const facts = memory.factsOf(stat, false);
  expect(facts).toMatchObject({ argv: ["sleep", "600"], cookie: "0".repeat(36) });
  expect(memory.factsOf(stat, false)).toBe(facts);
  // Unchanged arguments remain the same object, so that their match is cached.
  expect(memory.factsOf(stat, true)).toBe(facts);
  expect(memory.factsOf({ ...stat, argStart: stat.argStart + 1 }, false)).not.toBe(facts);
  expect(memory.factsOf({ ...stat, comm: "other" }, false)).not.toBe(facts);
  expect(memory.factsOf({ ...stat, start: stat.start + 1 }, false)).not.toBe(facts);
});

it("returns CPU times of a limited age, and forgets ended processes", () => {
  const memory = new Memory();
  const age = { leastMs: 1000, mostMs: 5000 };
  expect(memory.baseline(0, age)).toBeNull();
  memory.keep(baselineOf([stat], 0));
  expect(memory.baseline(999, age)).toBeNull();
  expect([...(memory.baseline(1000, age)?.ticks.keys() ?? [])]).toEqual([
    `${stat.pid}:${stat.start}`,
  ]);
  expect(memory.baseline(5001, age)).toBeNull();
  const facts = memory.factsOf(stat, false);
  memory.keep(baselineOf([], 6000));
  expect(memory.factsOf(stat, false)).not.toBe(facts);
});
