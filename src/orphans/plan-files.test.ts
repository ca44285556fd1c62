import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PlanFiles } from "./plan-files.ts";

it("plans get distinct numbers, even if two are written at once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-plans-"));
  try {
    const files = new PlanFiles(join(folder, "orphans"));
    const plan = {
      version: 1,
      bootId: "b",
      atMs: 1,
      asked: { allUsers: false, leftovers: false },
      leftovers: [],
      automatic: false,
      signals: ["TERM"],
      trees: [],
      left: [],
      frees: { processes: 0, residentBytes: 0, gpuDevices: [], ports: [] },
    } as const;
    const written = await Promise.all(
      [1, 2, 3].map(() => files.add(structuredClone(plan) as never)),
    );
    expect(written.map((one) => one.plan).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(files.plan(2)).toMatchObject({ plan: 2, bootId: "b" });
    expect([files.plan(4), files.receipt(1)]).toEqual([null, null]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
