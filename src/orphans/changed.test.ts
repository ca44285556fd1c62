import { expect, it } from "vitest";
import type { PlannedProcess, PlannedTree } from "../contract/orphan-plan.ts";
import type { Suspect } from "../contract/orphans.ts";
import { changedSince, evidenceLost, newcomersOf } from "./changed.ts";
import { fakeScene, type FakeProcess } from "./fake-scene.ts";
import { suspectProcess } from "./suspect-process.ts";

const given: FakeProcess = { pid: 50, session: 40, command: ["worker", "1"], cgroup: "/a" };
const scene = fakeScene(given);
const found = scene.processes.get(50);
if (found === undefined) throw new Error("the scene has no process 50");
const planned: PlannedProcess = { ...suspectProcess(found, scene), inode: 9 };
const now = (change: Partial<FakeProcess> | null) =>
  changedSince(
    planned,
    change === null ? fakeScene() : fakeScene({ ...given, ...change }),
    new Set(),
  );

it("an unchanged process has no difference", () => {
  expect(now({})).toBeNull();
});

it.each<[string, Partial<FakeProcess> | null, boolean, RegExp]>([
  ["it has ended", null, true, /ended/],
  ["it is a zombie", { state: "Z" }, true, /ended/],
  ["its pid belongs to another process", { start: 51 }, true, /another process/],
  ["its parent changed", { ppid: 30 }, false, /parent is now process 30/],
  ["it became another program", { command: ["worker", "2"] }, false, /another program: worker 2/],
  ["it moved", { cgroup: "/b" }, false, /cgroup \/b/],
  ["it changed its user", { uid: 0 }, false, /user 0/],
  ["it began to use a GPU", { gpuDevices: ["/dev/nvidia0"] }, false, /nvidia0/],
  [
    "the driver now lists it on a GPU",
    { gpuMemory: [{ index: 3, uuid: "GPU-3", bytes: null }] },
    false,
    /begun to use GPU 3/,
  ],
  [
    "it belongs to a running job",
    { tie: { by: "cgroup", attempt: "x", job: 5, ended: false } },
    false,
    /job 5/,
  ],
])("%s: it is left running", (_, change, gone, message) => {
  expect(now(change)).toEqual({ gone, message: expect.stringMatching(message) });
});

it("only processes started below a planned process after the plan are named", () => {
  const one = (pid: number, start: number) => ({ pid, start, command: "x" });
  const tree = { root: 50, processes: [one(50, 1), one(51, 2)] } as PlannedTree;
  const suspects = [{ root: 50, processes: [one(50, 1), one(51, 9), one(52, 8)] }] as Suspect[];
  expect(newcomersOf(tree, suspects)).toMatchObject([
    {
      pid: 51,
      start: 9,
      end: "refused",
      message: expect.stringContaining("below 50 after the plan"),
    },
    { pid: 52, start: 8, end: "refused" },
  ]);
  expect(newcomersOf(tree, [])).toEqual([]);
});

it("a plan of a watch is not carried out on evidence that has become weak; a person may have seen it", () => {
  const tree = { root: 50, class: "parent-gone", rule: "r", jobId: null } as PlannedTree;
  const suspect = (confidence: Suspect["confidence"]) => [{ ...tree, confidence } as Suspect];
  expect(evidenceLost(tree, suspect("likely"), true)).toBeNull();
  expect(evidenceLost(tree, suspect("weak"), true)).toBe("its evidence is now weak");
  expect(evidenceLost(tree, suspect("weak"), false)).toBeNull();
});
