import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadRules } from "./load-rules.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "holdfast-rules-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("refuses a FIFO among the rules, and does not wait for it", () => {
  const path = join(folder, "farm.toml");
  execFileSync("mkfifo", [path]);
  expect(() => loadRules(folder)).toThrow(`${path}: it is not a regular file`);
});

it("refuses a rule file without an end", () => {
  const path = join(folder, "farm.toml");
  writeFileSync(path, "#".repeat(4 * 1024 * 1024 + 1));
  expect(() => loadRules(folder)).toThrow("it has 4194305 bytes");
});
