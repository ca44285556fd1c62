import { afterEach, expect, test } from "vitest";
import { observe } from "../../src/orphans/observe.ts";
import { foregroundClock } from "../../src/system/clock.ts";
import { LeftBehind } from "./orphan.ts";

const left = new LeftBehind();
afterEach(() => left.end());

const spin = `
import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
while True: pass`;

test("orphans that spin on one shared CPU demand a whole CPU each", async () => {
  const spinners = [];
  for (let index = 0; index < 4; index += 1)
    spinners.push(await left.orphan(["/usr/bin/python3", "-S", "-c", spin]));
  const { processes } = await observe(foregroundClock, 1000, () => null);
  const found = spinners.map(({ pid }) => processes.get(pid));
  const got = found.reduce((sum, one) => sum + (one?.cpuPercent ?? 0), 0);
  // CPU time is counted in ticks of 10 ms.
  expect(got).toBeLessThan(110);
  for (const one of found) expect(one?.demandPercent).toBeGreaterThan(70);
  for (const one of found) expect(one?.demandPercent).toBeLessThan(130);
});
