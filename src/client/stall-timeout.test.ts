import { describe, expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { StallTimeout } from "./stall-timeout.ts";

const limits = { stallMs: 20_000, sayAfterMs: 5000 };

function waiting() {
  const clock = new FakeClock();
  const said: string[] = [];
  const process = { work: 0, sight: true };
  const timeout = new StallTimeout(
    clock,
    {
      progress: () => (process.sight ? process.work : null),
      onWaiting: (text) => said.push(text),
    },
    "the server to start",
    limits,
  );
  let over = false;
  const timer = timeout.watch(() => {
    over = true;
  });
  return { clock, said, process, timeout, timer, isOver: () => over };
}

describe("waiting for a process", () => {
  it("does not inspect it before the first check: most answers come at once", () => {
    const clock = new FakeClock();
    let samples = 0;
    const progress = () => (samples += 1);
    const timer = new StallTimeout(clock, { progress }, "an answer", limits).watch(() => undefined);
    clock.advance(999);
    expect(samples).toBe(0);
    clock.advance(1);
    expect(samples).toBe(1);
    timer.cancel();
  });

  it("continues while it makes progress, however slow", () => {
    const { clock, process, isOver } = waiting();
    for (let minute = 0; minute < 60; minute += 0.25) {
      process.work += 1;
      clock.advance(15_000);
    }
    expect(isOver()).toBe(false);
    clock.advance(20_000);
    expect(isOver()).toBe(true);
  });

  it("continues while it reports progress", () => {
    const { clock, timeout, isOver } = waiting();
    clock.advance(19_000);
    timeout.moved();
    clock.advance(19_000);
    expect(isOver()).toBe(false);
    clock.advance(1000);
    expect(isOver()).toBe(true);
  });

  it("ends without progress, also if the process is not visible", () => {
    const { clock, process, isOver } = waiting();
    process.sight = false;
    clock.advance(19_999);
    expect(isOver()).toBe(false);
    clock.advance(1);
    expect(isOver()).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it("reports what is awaited, after a while and not every second", () => {
    const { clock, process, said, timer } = waiting();
    const work = (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        process.work += 1;
        clock.advance(1000);
      }
    };
    work(4);
    expect(said).toEqual([]);
    work(30);
    expect(said).toEqual(["waiting for the server to start, 5s so far (Ctrl+C gives up)"]);
    work(1);
    expect(said).toHaveLength(2);
    timer.cancel();
    expect(clock.pendingTimers).toBe(0);
  });
});
