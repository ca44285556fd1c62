import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CgroupRoots } from "./cgroup-roots.ts";
import { RecordedRoots } from "./recorded-roots.ts";

const nowMs = Date.now();
let folder: string;
let recorded: RecordedRoots;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-roots-"));
  recorded = new RecordedRoots(join(folder, "cgroups.json"), "abc");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Ordinary folders: like groups, they can be removed only without sub-folders. */
function root(place: string, name = "holdfast-abc"): string {
  const path = join(folder, place, name);
  mkdirSync(path, { recursive: true });
  return path;
}

const used = (path: string): CgroupRoots => ({
  v2: { root: path, files: new Set() },
  v1: new Map(),
  why: "",
  missing: null,
});
const onRecord = () =>
  (JSON.parse(readFileSync(join(folder, "cgroups.json"), "utf8")) as { roots: string[] }).roots;

it("removes what a killed server left in another cgroup, unless it has a group of an attempt", () => {
  const [first, busy, now] = [root("one"), root("two"), root("three")];
  recorded.begin(used(first), nowMs);
  recorded.begin(used(busy), nowMs);
  expect(existsSync(first)).toBe(false);
  mkdirSync(join(busy, "0b8f3c1e-5a47-4e0e-9d3a-6f2f1c9a7b10"));
  recorded.begin(used(now), nowMs);
  expect(existsSync(busy)).toBe(true);
  expect(onRecord()).toEqual([now, busy]);
  recorded.end();
  expect([existsSync(now), existsSync(busy), onRecord()]).toEqual([false, true, [busy]]);
});

it("keeps no record when nothing is left", () => {
  recorded.begin(used(root("one")), nowMs);
  recorded.end();
  expect(existsSync(join(folder, "cgroups.json"))).toBe(false);
});

it("removes the empty groups of attempts too when Holdfast is removed", () => {
  const path = root("one");
  recorded.begin(used(path), nowMs);
  mkdirSync(join(path, "0b8f3c1e-5a47-4e0e-9d3a-6f2f1c9a7b10"));
  recorded.removeAll();
  expect(existsSync(path)).toBe(false);
});

it("removes no group of another name, whatever the record says", () => {
  const other = root("one", "holdfast-def");
  const write = (roots: unknown) =>
    writeFileSync(join(folder, "cgroups.json"), JSON.stringify({ version: 1, roots }));
  write([other, "holdfast-abc"]);
  recorded.end();
  expect(existsSync(other)).toBe(true);
  write("damaged");
  recorded.begin(used(root("two")), nowMs);
  expect(onRecord()).toEqual([join(folder, "two", "holdfast-abc")]);
});
