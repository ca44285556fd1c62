import { expect, it } from "vitest";
import { eventually } from "../../system/eventually.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { AwaitedSampling, sampleMs } from "./awaited-sampling.ts";
import { EventHub } from "../event-hub.ts";

interface Followed {
  isOutstanding: boolean;
  sampleAwaited(): Promise<void>;
}

function setUp() {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const hub = new EventHub((error) => errors.push(error));
  const followers = new Map<number, Followed>();
  const log = { info() {}, warn() {}, error: (details: unknown) => errors.push(details) };
  const sampled: number[] = [];
  const follow = (job: number, isOutstanding: boolean) => {
    followers.set(job, { isOutstanding, sampleAwaited: async () => void sampled.push(job) });
    sampling.begin();
  };
  const sampling = new AwaitedSampling(() => ({ clock, hub, followers, log }));
  return { clock, hub, followers, sampled, errors, sampling, follow };
}

it("samples attempts that have something outstanding or that are followed, with one timer", () => {
  const { clock, hub, followers, sampled, follow } = setUp();
  follow(1, false);
  follow(2, true);
  follow(3, false);
  hub.subscribe(null, () => undefined);
  const unfollow = hub.subscribe(3, () => undefined);
  expect(clock.pendingTimers).toBe(1);
  clock.advance(sampleMs);
  expect(sampled).toEqual([2, 3]);
  unfollow();
  clock.advance(sampleMs);
  expect(sampled).toEqual([2, 3, 2]);
  expect(clock.pendingTimers).toBe(1);
  const second = followers.get(2);
  if (second !== undefined) second.isOutstanding = false;
  clock.advance(sampleMs);
  expect(clock.pendingTimers).toBe(0);
});

it("continues with the others when one cannot be sampled, and ends when it is closed", async () => {
  const { clock, followers, sampled, errors, sampling, follow } = setUp();
  const refuse = async () => {
    throw new Error("EMFILE");
  };
  followers.set(1, { isOutstanding: true, sampleAwaited: refuse });
  follow(2, true);
  clock.advance(sampleMs);
  expect(sampled).toEqual([2]);
  await eventually(() => errors.length > 0);
  expect(errors).toMatchObject([{ job: 1 }]);
  sampling.close();
  sampling.begin();
  expect(clock.pendingTimers).toBe(0);
});
