import { expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { Dwindling } from "./dwindling.ts";

const timeoutMs = 20_000;

it("waits while fewer remain, however long that takes", () => {
  const clock = new FakeClock();
  const waiting = new Dwindling(clock, timeoutMs);
  for (let left = 100; left > 0; left -= 1) {
    expect(waiting.isOver(left)).toBe(false);
    clock.advance(timeoutMs - 1);
  }
});

it("is over when they are as many as before, or more, after the grace and the timeout", () => {
  const clock = new FakeClock();
  const waiting = new Dwindling(clock, timeoutMs, 5000);
  expect(waiting.isOver(3)).toBe(false);
  clock.advance(timeoutMs + 4999);
  expect(waiting.isOver(9)).toBe(false);
  clock.advance(1);
  expect(waiting.isOver(3)).toBe(true);
});
