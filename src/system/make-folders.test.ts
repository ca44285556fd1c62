import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeFolders } from "./make-folders.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-folders-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("makes a folder and those above it, with the mode", () => {
  const path = join(folder, "a/b/c");
  makeFolders(path, 0o700);
  makeFolders(path, 0o755);
  for (const made of [path, join(folder, "a")]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

it.each([
  ["a file in its place", "file", "EEXIST"],
  ["a file above it", "file/below", "ENOTDIR"],
  ["a link to nothing", "link", "EEXIST"],
])("throws at %s", (_, path, code) => {
  writeFileSync(join(folder, "file"), "");
  symlinkSync(join(folder, "nothing/at/all"), join(folder, "link"));
  expect(() => makeFolders(join(folder, path))).toThrow(expect.objectContaining({ code }));
});

it.each(["/proc/holdfast/state", "/proc/self/fdinfo/holdfast"])("ends at once in %s", (path) => {
  expect(() => makeFolders(path)).toThrow(/ENOENT|EACCES|EPERM/);
});
