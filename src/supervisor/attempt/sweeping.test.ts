import { expect, it } from "vitest";
import { FakeClock } from "../../system/fake-clock.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { sweepUntilEmpty, type SweepParts } from "./sweeping.ts";

const left = {
  identity: { pid: 7, start: 1 },
  comm: "worker",
  state: "D",
  denied: false,
};

it("asks no more what keeps a process after a round that could not search", async () => {
  const clock = new FakeClock();
  const rounds = [{ left: [left], proven: false, by: [] }];
  const machine = {
    sweeping: {
      sweep: async () => {
        const round = rounds.shift();
        if (round === undefined) throw new Error("EMFILE");
        return round;
      },
    },
    processes: { whyStuck: async () => ({ stack: null, obstacle: null }) },
  };
  const parts = {
    clock,
    engines: { machineOf: () => machine, of: () => ({ machine }) },
    store: { commitNow: (_: string, act: () => void) => act(), jobs: { get: () => null } },
    hub: { publish: () => undefined },
  } as unknown as SweepParts;
  const attempt = { id: "a", job: 1, distrusted: true } as AttemptRow;
  const between = Promise.withResolvers<void>();
  const sweep = sweepUntilEmpty(parts, attempt, "keeper_lost", () => between.resolve());
  const failure = sweep.catch((error: unknown) => error);
  await between.promise;
  await new Promise((resolve) => void setImmediate(resolve));
  expect(clock.pendingTimers).toBe(2);
  clock.advance(5);
  expect(await failure).toMatchObject({ message: "EMFILE" });
  expect(clock.pendingTimers).toBe(0);
});
