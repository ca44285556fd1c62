import { describe, expect, it } from "vitest";
import { PassedTime } from "./passed-time.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const start = 1_790_000_000_000;

describe("the time that has passed", () => {
  it("is the wall clock's while that goes as durations do, small corrections included", () => {
    const time = new PassedTime(start, 0);
    expect(time.measure(start + 600_000, 600_000)).toBe(start + 600_000);
    expect(time.measure(start + 1_200_000 + 5000, 1_200_000)).toBe(start + 1_205_000);
    expect(time.doubt).toBeNull();
  });

  it("does not follow a clock that is set forward, until it has stayed so for a day", () => {
    const time = new PassedTime(start, 0);
    const year = 365 * dayMs;
    expect(time.measure(start + year, 1000)).toBe(start + 1000);
    expect(time.doubt?.aheadMs).toBe(year - 1000);
    expect(time.measure(start + year + dayMs - 1000, dayMs)).toBe(start + dayMs);
    expect(time.measure(start + year + dayMs, dayMs + 1000)).toBe(start + year + dayMs);
    expect(time.doubt).toBeNull();
  });

  it("forgets the doubt when the clock is put right", () => {
    const time = new PassedTime(start, 0);
    time.measure(start + 30 * dayMs, 1000);
    expect(time.measure(start + 2000, 2000)).toBe(start + 2000);
    expect(time.doubt).toBeNull();
  });

  it("doubts the clock for another day when it is set again", () => {
    const time = new PassedTime(start, 0);
    time.measure(start + 30 * dayMs, 0);
    time.measure(start + 90 * dayMs, 23 * hourMs);
    expect(time.measure(start + 90 * dayMs + 2 * hourMs, 25 * hourMs)).toBe(start + 25 * hourMs);
  });

  it("is never later than the wall clock", () => {
    const time = new PassedTime(start, 0);
    expect(time.measure(start - 10 * dayMs, 0)).toBe(start - 10 * dayMs);
    expect(time.doubt).toBeNull();
  });

  it("continues from its mark, whatever time the clock shows", () => {
    const before = new PassedTime(start, 0);
    before.measure(start + 50 * dayMs, hourMs);
    const { trustedMs } = before.mark;
    expect(trustedMs).toBe(start + hourMs);
    expect(new PassedTime(trustedMs, 77).measure(start + 50 * dayMs, 77)).toBe(start + hourMs);
  });
});
