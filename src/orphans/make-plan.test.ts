import { describe, expect, it } from "vitest";
import { classify, type Judged } from "./classify.ts";
import { fakeScene } from "./fake-scene.ts";
import { makePlan } from "./make-plan.ts";
import type { PlanFiles } from "./plan-files.ts";

const judged: Judged = {
  rules: [],
  allow: new Set(),
  limitsOf: () => ({ minAgeMs: 300_000, cpuPercent: 50, parentGoneMs: 30_000 }),
  uid: 1000,
  goneMs: () => 60_000,
  statusOf: () => "unknown",
  unanswered: [],
};
const scene = fakeScene(
  { pid: 50, session: 40, cpuPercent: 90 },
  { pid: 51, ppid: 50, session: 40 },
  { pid: 60, session: 40 },
  { pid: 61, session: 40, ageMs: 1000 },
  { pid: 62 },
  { pid: 63, ppid: 62 },
  { pid: 64, session: 40, ignoresHangup: true },
  { pid: 65, uid: 0 },
);
const files = { add: (plan: object) => Promise.resolve({ ...plan, plan: 1 }) } as PlanFiles;
const signals = {
  identify: async (pids: readonly number[]) => pids.map((pid) => ({ pid, start: pid, inode: pid })),
};

describe("a plan by pids", () => {
  const leftOf = async (...pids: number[]) => {
    const asked = { allUsers: false, leftovers: false, pids };
    const inspection = { scene, judged, ...classify(scene, judged) };
    return (await makePlan({ signals, bootId: "b", files }, inspection, asked, false)).left;
  };

  it("has the suspect", async () => {
    expect(await leftOf(50)).toEqual([]);
  });

  it.each([
    [51, "it is below 50"],
    [60, "it matches no rule, holds no GPU, and demanded less than 50 % of a CPU"],
    [61, "it is 1s old; the minimum is 5m 0s"],
    [62, "systemd (1) may have started it"],
    [63, "its parent lives"],
    [64, "it ignores SIGHUP"],
    [65, "it belongs to another user"],
    [99, "there is no such process"],
  ])("gives the reason that %i is not in it", async (pid, why) => {
    expect(await leftOf(50, pid)).toEqual([
      { root: pid, command: expect.any(String), why: expect.stringContaining(why) },
    ]);
  });
});
