import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readLastProgress, readProgress } from "./progress.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-progress-"));
  path = join(folder, "progress");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("reads what a running attempt writes each time", async () => {
  expect(await readProgress(path)).toBeNull();
  writeFileSync(path, "3/10 epochs\n");
  expect(await readProgress(path)).toEqual({ done: 3, total: 10, text: "epochs" });
  writeFileSync(path, "4/10");
  expect(await readProgress(path)).toEqual({ done: 4, total: 10, text: "" });
});

it("follows no link that the payload put in its place", async () => {
  writeFileSync(join(folder, "other"), "1/2");
  symlinkSync(join(folder, "other"), path);
  expect(await readProgress(path)).toBeNull();
});

it("reads the last progress of an ended attempt, and asks once for an attempt that wrote none", async () => {
  const other = join(folder, "none");
  writeFileSync(path, "10/10");
  expect(await readLastProgress(path)).toMatchObject({ done: 10 });
  expect(await readLastProgress(path)).toMatchObject({ done: 10 });
  expect(await readLastProgress(other)).toBeNull();
  writeFileSync(other, "1/1");
  expect(await readLastProgress(other)).toBeNull();
});
