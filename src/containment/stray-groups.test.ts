import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeStrayGroups } from "./stray-groups.ts";

const nowMs = 1_790_000_000_000;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-stray-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A group in `root` that was made so long ago. */
function group(name: string, ageMs: number, member = false): string {
  const path = join(root, name);
  mkdirSync(path);
  // In an ordinary folder a file is what a member is in a group: it cannot be removed.
  if (member) writeFileSync(join(path, "member"), "");
  const madeS = (nowMs - ageMs) / 1000;
  utimesSync(path, madeS, madeS);
  return path;
}

it("removes old groups of attempts without processes, and nothing else", () => {
  const stray = group("0b8f3c1e-5a47-4e0e-9d3a-6f2f1c9a7b10", 61_000);
  const used = group("0b8f3c1e-5a47-4e0e-9d3a-6f2f1c9a7b11", 61_000, true);
  const young = group("0b8f3c1e-5a47-4e0e-9d3a-6f2f1c9a7b12", 59_000);
  const other = group("probe", 61_000);
  const cgroupRoot = { root, files: new Set<string>() };
  removeStrayGroups(
    { v2: cgroupRoot, v1: new Map([["memory", cgroupRoot]]), why: "", missing: null },
    nowMs,
  );
  expect([stray, used, young, other].map((path) => existsSync(path))).toEqual([
    false,
    true,
    true,
    true,
  ]);
});
