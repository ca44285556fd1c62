import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeClock } from "../../system/fake-clock.ts";
import { keptFrom } from "./kept-from.ts";
import { OutputFile } from "./output-file.ts";

const quotaBytes = 65_536;
const tail = Buffer.alloc(quotaBytes + 4096, "tail\n");

let folder: string;
let path: string;
let file: OutputFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-kept-"));
  path = join(folder, "output.log");
  file = new OutputFile(path, new FakeClock());
});
afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

it("is the end of the hole that the keeper made", async () => {
  const holeBytes = 10 * 1024 * 1024;
  writeFileSync(path, "");
  truncateSync(path, holeBytes);
  appendFileSync(path, tail);
  expect(await keptFrom(file, quotaBytes)).toBeLessThanOrEqual(holeBytes);
  expect(await keptFrom(file, quotaBytes)).toBeGreaterThan(holeBytes - 64 * 1024);
});

it.each([1, 2048, 4095])(
  "is the end of the hole where %i bytes follow the last whole block",
  async (bytes) => {
    const holeBytes = 1024 * 1024;
    writeFileSync(path, "");
    truncateSync(path, holeBytes);
    appendFileSync(path, Buffer.concat([tail, Buffer.alloc(bytes, "x")]));
    expect(await keptFrom(file, quotaBytes)).toBe(holeBytes);
  },
);

it("skips blocks that the file system keeps as zeros, up to the quota", async () => {
  const holeBytes = 1024 * 1024;
  writeFileSync(path, "");
  truncateSync(path, holeBytes);
  appendFileSync(path, Buffer.concat([Buffer.alloc(8192), tail]));
  expect(await keptFrom(file, quotaBytes)).toBe(holeBytes + 8192);
});

it("is 0 where nothing was punched, though the log is over its quota", async () => {
  writeFileSync(path, Buffer.alloc(20 * quotaBytes, "line\n"));
  expect(await keptFrom(file, quotaBytes)).toBe(0);
});

it("is 0 where fewer bytes are allocated for another reason: what is there is shown", async () => {
  writeFileSync(path, Buffer.alloc(9 * 1024 * 1024, "line\n"));
  truncateSync(path, 18 * 1024 * 1024); // a hole, but not at the start
  appendFileSync(path, tail);
  expect(await keptFrom(file, quotaBytes)).toBe(0);
});

it("is 0 where there is no log", async () => {
  expect(await keptFrom(file, quotaBytes)).toBe(0);
});
