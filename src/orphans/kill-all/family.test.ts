import { describe, expect, it } from "vitest";
import { classify, type Judged } from "../classify.ts";
import { fakeScene, type FakeProcess } from "../fake-scene.ts";
import { readRules } from "../load-rules.ts";
import { leftOfFamily } from "./carry-out.ts";
import { familyTrees } from "./family.ts";
import { askersOf } from "./spared.ts";

const rules = readRules(
  `[[rule]]
   name = "worker"
   family = "farm"
   worker = true
   [[rule.signature]]
   program = '^farm-worker$'
   [[rule]]
   name = "tracker"
   family = "farm"
   worker = true
   [[rule.signature]]
   program = '^farm-tracker$'`,
  "own",
);
const judged: Judged = {
  rules,
  allow: new Set(),
  limitsOf: () => ({ minAgeMs: 0, cpuPercent: 50, parentGoneMs: 0 }),
  uid: 1000,
  goneMs: () => 60_000,
  statusOf: () => "unknown",
  unanswered: [],
};
const worker = { command: ["farm-worker"] };
const attempt = "00000000-0000-4000-8000-000000000001";
const running = { by: "cookie", attempt, job: 7, ended: false } as const;

function planned(
  given: readonly FakeProcess[],
  { asker = 900, jobs = false, allow = [] as string[] } = {},
) {
  const scene = fakeScene({ pid: 900 }, ...given);
  const sparing = { askers: askersOf(asker, scene), jobs, allow: new Set(allow) };
  const found = familyTrees({ scene, judged, ...classify(scene, judged) }, "farm", sparing);
  return {
    trees: found.trees.map((tree) => [tree.class, tree.processes.map(({ pid }) => pid)]),
    left: found.left.map(({ root, why }) => [root, why]),
    evidence: found.trees.flatMap(({ evidence }) => evidence),
  };
}

describe("a whole family", () => {
  it("has its trackers, all processes below its members, and unsuspected members with the reason", () => {
    const found = planned([
      { pid: 40, command: ["train"] },
      { pid: 50, session: 39, ...worker },
      { pid: 51, session: 39, command: ["farm-tracker"] },
      { pid: 52, ppid: 40, ...worker },
      { pid: 53, ppid: 52, command: ["sleep"] },
      { pid: 54, ppid: 53, ...worker },
    ]);
    expect(found.trees).toEqual([
      ["parent-gone", [50]],
      ["parent-gone", [51]],
      ["not-suspected", [52, 53, 54]],
    ]);
    expect(found.evidence).toContain("not suspected: its parent lives");
    expect(found.left).toEqual([]);
  });

  it("has no processes of other users or families, and no ended ones", () => {
    const all: FakeProcess[] = [
      { pid: 50, uid: 1001, ...worker },
      { pid: 51, command: ["farmer"] },
      { pid: 52, state: "Z", ...worker },
    ];
    expect(planned(all)).toMatchObject({ trees: [], left: [] });
  });

  it("spares the requesting process, those above it and the leader of its session", () => {
    const all: FakeProcess[] = [
      { pid: 60, ...worker },
      { pid: 61, ppid: 60, ...worker },
      { pid: 62, ppid: 61, session: 63 },
      { pid: 63, ...worker },
      { pid: 64, ppid: 61, ...worker },
    ];
    const { trees, left } = planned(all, { asker: 62 });
    expect(trees).toEqual([["not-suspected", [64]]]);
    expect(left.map(([pid]) => pid)).toEqual([60, 61, 63]);
    expect(planned(all, { asker: 65 }).trees).toEqual([]);
  });

  it("spares the server, the processes above it, keepers and allowed programs", () => {
    const server = 999_999;
    const all: FakeProcess[] = [
      { pid: 70, ...worker },
      { pid: server, ppid: 70 },
      { pid: 71, ppid: server, ...worker },
      { pid: 72, comm: "holdfast-keeper", ...worker },
      { pid: 73, comm: "mine", ...worker },
    ];
    const { trees, left } = planned(all, { allow: ["mine"], jobs: true });
    expect(trees).toEqual([]);
    expect(left.map(([pid]) => pid)).toEqual([70, 71, 72, 73]);
  });

  it("spares a program that is allowed by its base name, whatever its process is called", () => {
    const all: FakeProcess[] = [{ pid: 74, comm: "python3", command: ["/opt/farm/farm-worker"] }];
    const { trees, left } = planned(all, { allow: ["farm-worker"] });
    expect(trees).toEqual([]);
    expect(left).toEqual([[74, "the configuration allows it (orphans.allow)"]]);
  });

  it("has processes of Holdfast's jobs only on request, and reports them", () => {
    const all: FakeProcess[] = [
      { pid: 80, ...worker, tie: running },
      { pid: 999_999 },
      { pid: 81, ppid: 999_999, comm: "holdfast-keeper" },
      { pid: 82, ppid: 81, ...worker },
      { pid: 83, ...worker, tie: { ...running, ended: true } },
    ];
    const careful = planned(all);
    expect(careful.trees).toEqual([["left-by-job", [83]]]);
    expect(careful.left).toEqual([
      [80, "it belongs to job 7; add --jobs to end it too"],
      [82, "it belongs to a job of Holdfast; add --jobs to end it too"],
    ]);
    const bold = planned(all, { jobs: true });
    expect(bold.left).toEqual([]);
    expect(bold.trees).toHaveLength(3);
    expect(bold.evidence).toContain("it belongs to job 7");
  });
});

it("members of a family that are still alive are named: newcomers with their parent, and spared ones", () => {
  const scene = fakeScene(
    { pid: 40, command: ["train", "--all"] },
    { pid: 50, start: 5, ...worker },
    { pid: 51, ppid: 40, start: 9, ...worker },
    { pid: 80, ...worker, tie: running },
  );
  const sparing = { askers: new Set([900]), jobs: false, allow: new Set<string>() };
  const { newcomers, left } = leftOfFamily([{ pid: 50, start: 5 }], scene, judged, "farm", sparing);
  expect(newcomers).toMatchObject([
    {
      pid: 51,
      end: "refused",
      message:
        "it was started after the plan; its parent train --all (40) is alive and does not belong to the family",
    },
  ]);
  expect(left).toMatchObject([{ root: 80 }]);
});
