import { expect, it } from "vitest";
import type { AbandonedAttempt } from "../../containment/abandoned.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { Abandoned } from "./abandoned.ts";

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

it("repeats a search that failed, and draws no conclusion from it", async () => {
  const clock = new FakeClock();
  const warnings: unknown[] = [];
  const answers: (() => Promise<AbandonedAttempt[]>)[] = [
    () => Promise.reject(new Error("no answer in time")),
    () => Promise.resolve([]),
  ];
  const abandoned = new Abandoned(
    () => answers.shift()?.() ?? Promise.reject(new Error("one search too many")),
    clock,
    { warn: (...parts: unknown[]) => void warnings.push(parts) },
  );
  await abandoned.open();
  expect(warnings).toHaveLength(1);
  expect(abandoned.isSearched).toBe(false);
  clock.advance(1000);
  expect(abandoned.summary).toEqual([]);
  await settled();
  expect(abandoned.isSearched).toBe(true);
  clock.advance(1000);
  expect(abandoned.summary).toEqual([]);
  await settled();
  expect(warnings).toHaveLength(1);
});
