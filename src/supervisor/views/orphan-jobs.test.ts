import { expect, it } from "vitest";
import type { JobRow } from "../../store/rows.ts";
import { jobsOf } from "./orphan-jobs.ts";

function adoptedIn(...jobs: { id: number; adopt?: object; damaged?: string[] }[]) {
  const rows = jobs.map(({ id, adopt, damaged = [] }) => ({ id, damaged, spec: { adopt } }));
  const known = jobsOf({
    attempts: { get: () => null },
    jobs: { inStates: () => rows as unknown as JobRow[] },
  }).adopted();
  return known === null ? null : [...known];
}

it("a scan for orphans knows adopted processes, unless a damaged specification may name another", () => {
  const adopt = { pid: 50, start: 7 };
  expect(adoptedIn({ id: 3, adopt }, { id: 4 })).toEqual([["50:7", 3]]);
  expect(adoptedIn({ id: 3, adopt }, { id: 4, damaged: ["name"] })).toEqual([["50:7", 3]]);
  expect(adoptedIn({ id: 3, adopt }, { id: 4, damaged: ["spec"] })).toBeNull();
});
