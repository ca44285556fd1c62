import { expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { AwaitedSampling, sampleMs } from "./awaited-sampling.ts";
import type { Context } from "./context.ts";
import { EventHub } from "./event-hub.ts";

interface Attended {
  isOutstanding: boolean;
  sampleAwaited(): void;
}

function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const hub = new EventHub((error) => errors.push(error));
  const attendances = new Map<number, Attended>();
  const log = { info() {}, warn() {}, error: (details: unknown) => errors.push(details) };
  const context = { clock, hub, attendances, log } as unknown as Context;
  const sampled: number[] = [];
  const attend = (job: number, isOutstanding: boolean) => {
    attendances.set(job, { isOutstanding, sampleAwaited: () => void sampled.push(job) });
    sampling.begin();
  };
  const sampling = new AwaitedSampling(() => context);
  return { clock, hub, attendances, sampled, errors, sampling, attend };
}

it("samples attempts that have something outstanding or that are followed, with one timer", () => {
  const { clock, hub, attendances, sampled, attend } = setUp();
  attend(1, false);
  attend(2, true);
  attend(3, false);
  hub.subscribe(null, () => undefined);
  const unfollow = hub.subscribe(3, () => undefined);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(sampleMs);
  expect(sampled).toEqual([2, 3]);
  unfollow();
  clock.advance(sampleMs);
  expect(sampled).toEqual([2, 3, 2]);
  expect(clock.pendingTimers).toBe(1);
  const second = attendances.get(2);
  if (second !== undefined) second.isOutstanding = false;
  clock.advance(sampleMs);
  expect(clock.pendingTimers).toBe(0);
});

it("goes on with the others where one cannot be sampled, and ends when it is closed", () => {
  const { clock, attendances, sampled, errors, sampling, attend } = setUp();
  const refuse = () => {
    throw new Error("EMFILE");
  };
  attendances.set(1, { isOutstanding: true, sampleAwaited: refuse });
  attend(2, true);
  clock.advance(sampleMs);
  expect(sampled).toEqual([2]);
  expect(errors).toMatchObject([{ job: 1 }]);
  sampling.close();
  sampling.begin();
  expect(clock.pendingTimers).toBe(0);
});
