import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { happenings, Lifecycle, type Happening } from "./testing/lifecycle-model.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-lifecycle-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** How a job comes into each state that it can be in when something happens. */
const ways: Record<string, Happening[]> = {
  queued: ["disk full", "submit"],
  held: ["submit held"],
  running: ["submit"],
  paused: ["submit", "pause"],
  stopping: ["submit", "cancel"],
  "a silent keeper's": ["submit", "keeper silent"],
  ended: ["submit", "payload ends"],
  "tried again": ["submit with retries", "payload ends"],
  "running again": ["submit with retries", "keeper killed", "time passes"],
  "launched again": ["launch answer lost", "submit"],
};

/** What comes second without HOLDFAST_CRASH=all, which takes everything. */
const faults: readonly Happening[] = [
  "kill",
  "server restarts, keeper killed meanwhile",
  "machine restarts",
];
const seconds = process.env["HOLDFAST_CRASH"] === "all" ? happenings : faults;

describe("whatever happens to a job", () => {
  const cases = Object.keys(ways).flatMap((state) =>
    happenings.flatMap((first) => seconds.map((second) => ({ state, first, second }))),
  );

  it.each(Object.keys(ways))("that is %s, twice: its end is what happened", async (state) => {
    for (const { first, second } of cases.filter((one) => one.state === state)) {
      const life = await Lifecycle.begin(folder);
      for (const step of ways[state] ?? []) await life.happens(step);
      await life.happens(first);
      await life.happens(second);
      expect({ state, first, second, wrong: await life.settle() }).toMatchObject({ wrong: [] });
    }
  });
});

describe("any number of jobs and happenings, in any order", () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...happenings), fc.nat(5)), { maxLength: 40 });

  it("lead to ends that are what happened", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const life = await Lifecycle.begin(folder);
        for (const [what, which] of list) await life.happens(what, which);
        expect(await life.settle()).toEqual([]);
      }),
      { numRuns: process.env["HOLDFAST_CRASH"] === "all" ? 1000 : 30 },
    );
  });
});
