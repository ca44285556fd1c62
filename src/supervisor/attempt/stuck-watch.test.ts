import { beforeEach, describe, expect, it } from "vitest";
import type { WhyStuck } from "../../engines/machine.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { stuckAfterMs, StuckWatch } from "./stuck-watch.ts";

const frozen = { kind: "frozen" as const, message: "frozen by /f", remedy: "thaw /f" };

let clock: FakeClock;
let known: Map<number, WhyStuck>;
let asked: number[];
let reported: number;
let watch: StuckWatch;
beforeEach(() => {
  clock = new FakeClock();
  known = new Map();
  asked = [];
  reported = 0;
  watch = new StuckWatch(
    clock,
    async (pid) => {
      asked.push(pid);
      return known.get(pid) ?? { stack: null, obstacle: null };
    },
    () => {
      reported += 1;
    },
  );
});

const settled = () => new Promise((resolve) => void setImmediate(resolve));
const survivors = [{ pid: 7 }];

describe("a stop that makes no progress", () => {
  it("asks for nothing before it is stuck", async () => {
    watch.heard(survivors);
    clock.advance(stuckAfterMs - 1);
    await settled();
    expect([watch.stuck, asked, reported]).toEqual([false, [], 0]);
  });

  it("finds an obstacle that comes after it was looked for, and samples no more then", async () => {
    known.set(7, { stack: ["nfs_wait"], obstacle: null });
    watch.heard(survivors);
    clock.advance(stuckAfterMs);
    await settled();
    expect(watch.whyStuck(7)).toEqual({ stack: ["nfs_wait"], obstacle: null });
    known.set(7, { stack: ["refrigerator"], obstacle: frozen });
    watch.heard(survivors);
    await settled();
    // The first stack is where it hung when it was killed.
    expect(watch.whyStuck(7)).toEqual({ stack: ["nfs_wait"], obstacle: frozen });
    watch.heard(survivors);
    await settled();
    expect(asked).toEqual([7, 7]);
  });

  it("reports only what is new", async () => {
    known.set(7, { stack: ["nfs_wait"], obstacle: null });
    watch.heard(survivors);
    clock.advance(stuckAfterMs);
    await settled();
    expect(reported).toBe(2);
    watch.heard(survivors);
    await settled();
    expect(reported).toBe(2);
  });
});
