import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { RetryDelays } from "./retry-delays.ts";

const failure = new Error("recovering");
const minute = 60_000;

/** Fails repeatedly for that long. */
async function failFor(ms: number, progress?: (clock: FakeClock) => number | null): Promise<void> {
  const clock = new FakeClock(0);
  const worked = progress === undefined ? {} : { progress: () => progress(clock) };
  const delays = new RetryDelays({ clock, ...worked }, minute);
  const begunAtMs = clock.monotonicMs();
  while (clock.monotonicMs() - begunAtMs < ms) {
    const waiting = delays.after(failure);
    clock.advance(2000);
    await waiting;
  }
}

it("gives up when nothing has worked for the timeout", async () => {
  await failFor(minute);
  await expect(failFor(minute + 4000)).rejects.toBe(failure);
});

it("does not give up while the server works", async () => {
  await failFor(10 * minute, (clock) => clock.monotonicMs() / 1000);
});

it("gives up on a server that runs and makes no progress", async () => {
  await expect(failFor(2 * minute, () => 7)).rejects.toBe(failure);
});

it("a wait leaves no listener on the signal, and ends at once if it was aborted before", async () => {
  const clock = new FakeClock();
  const delays = new RetryDelays({ clock }, 60_000);
  const over = new AbortController();
  for (let failures = 0; failures < 3; failures += 1) {
    const waiting = delays.after(new Error("no server"), over.signal);
    clock.advance(2000);
    await waiting;
  }
  expect(getEventListeners(over.signal, "abort")).toHaveLength(0);
  over.abort();
  await delays.after(new Error("no server"), over.signal);
});
