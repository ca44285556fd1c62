import { describe, expect, it } from "vitest";
import { damagedSpec } from "../store/damaged-spec.ts";
import { isOfJob } from "./same-job.ts";

const columns = { name: null, priority: 0, gpus: 0 };
const spec = damagedSpec({ command: ["train"], cwd: "/data" }, columns);
type Arguments = Parameters<typeof isOfJob>;
const job: Arguments[1] = { uuid: "a", createdAtMs: 5, spec, damaged: [] };
const attempt: Arguments[0] = { jobUuid: "a", createdAtMs: 6, command: ["train"], cwd: "/data" };
const { jobUuid: _, ...older } = attempt;

describe("whether an attempt is of the job that has its number", () => {
  const cases: [string, ...Arguments, boolean][] = [
    ["one UUID", attempt, job, true],
    ["one UUID, whatever the clock said", { ...attempt, createdAtMs: 1 }, job, true],
    ["another UUID", { ...attempt, jobUuid: "b" }, job, false],
    ["the job alone has one", older, job, false],
    ["the attempt alone has one", attempt, { ...job, uuid: null }, false],
    ["neither has one, and all else fits", older, { ...job, uuid: null }, true],
    [
      "neither has one, and it is older",
      { ...older, createdAtMs: 4 },
      { ...job, uuid: null },
      false,
    ],
    [
      "neither has one, and it ran elsewhere",
      { ...older, cwd: "/" },
      { ...job, uuid: null },
      false,
    ],
    ["another command", { ...older, command: ["x"] }, { ...job, uuid: null }, false],
    ["the UUID is damaged", attempt, { ...job, uuid: null, damaged: ["uuid"] }, true],
  ];
  it.each(cases)("%s", (_case, one, other, expected) => {
    expect(isOfJob(one, other)).toBe(expected);
  });
});
