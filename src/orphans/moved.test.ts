import { expect, it } from "vitest";
import { fakeScene } from "./fake-scene.ts";
import { movedAttempts } from "./moved.ts";

const attempt = "00000000-0000-4000-8000-000000000001";
const moved = { attempt, job: 7, keeper: null, members: [], stateDir: "/s", movedTo: "/t" };

it("only jobs whose state folder was moved are named, with their living processes", () => {
  const scene = fakeScene(
    { pid: 60, comm: "holdfast-keeper", abandoned: moved },
    { pid: 61, ppid: 60, abandoned: moved },
    { pid: 62, ppid: 60, state: "Z", abandoned: moved },
    { pid: 63, uid: 1001, abandoned: { ...moved, attempt: "another user's" } },
    { pid: 64, abandoned: { ...moved, attempt: "of a folder that is gone", movedTo: null } },
    { pid: 65 },
  );
  const found = movedAttempts(scene, 1000);
  expect(found).toMatchObject([{ attempt, jobId: 7, stateDir: "/s", movedTo: "/t" }]);
  expect(found[0]?.processes.map(({ pid }) => pid)).toEqual([60, 61]);
  expect(movedAttempts(scene, null)).toHaveLength(2);
});
