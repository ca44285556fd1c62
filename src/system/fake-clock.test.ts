import { describe, expect, it } from "vitest";
import { FakeClock } from "./fake-clock.ts";

describe("a clock that a test moves", () => {
  it("fires what is due in order, also what the fired ones set", () => {
    const clock = new FakeClock(1000);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b ${clock.monotonicMs()}`));
    clock.after(10, () => {
      seen.push(`a ${clock.monotonicMs()}`);
      clock.after(5, () => seen.push(`c ${clock.monotonicMs()}`));
    });
    clock.after(100, () => seen.push("late"));
    clock.advance(50);
    expect(seen).toEqual(["a 10", "c 15", "b 20"]);
    expect(clock.nowMs()).toBe(1050);
    expect(clock.pendingTimers).toBe(1);
  });

  it("does not fire what was called off", () => {
    const clock = new FakeClock();
    const seen: string[] = [];
    const timer = clock.after(10, () => seen.push("called off"));
    timer.cancel();
    clock.advance(100);
    expect(seen).toEqual([]);
  });

  it("measures durations whatever the wall clock is set to", () => {
    const clock = new FakeClock(1000);
    clock.advance(5);
    clock.setWallClock(0);
    clock.advance(5);
    expect(clock.monotonicMs()).toBe(10);
    expect(clock.nowMs()).toBe(5);
  });
});
