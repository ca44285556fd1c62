import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeClock } from "../client/fake-clock.ts";
import { followFile, tailOf } from "./log-tail.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-log-tail-"));
  path = join(folder, "server.log");
  writeFileSync(`${path}.2`, "1\n2\n");
  writeFileSync(`${path}.1`, "3\n4\n");
  writeFileSync(path, "5\n6\n");
});

afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  [Infinity, "1\n2\n3\n4\n5\n6\n"],
  [1, "6\n"],
  [2, "5\n6\n"],
  [3, "4\n5\n6\n"],
  [5, "2\n3\n4\n5\n6\n"],
  [9, "1\n2\n3\n4\n5\n6\n"],
])("the last %s lines are also those of the logs that it was rotated into", (lines, expected) => {
  const { text, endOffset } = tailOf(path, lines);
  expect(text.toString()).toBe(expected);
  expect(endOffset).toBe(4);
});

it("follows over a rotation, without losing what was written before it", async () => {
  const clock = new FakeClock();
  const following = followFile(path, 4, clock);
  const next = async () => {
    const found = following.next();
    clock.advance(500);
    return String((await found).value);
  };
  appendFileSync(path, "7\n");
  expect(await next()).toBe("7\n");
  // Copied with a line that was not read yet, and emptied.
  writeFileSync(`${path}.1`, "5\n6\n7\n8\n");
  writeFileSync(path, "9\n");
  expect(await next()).toBe("8\n");
  expect(await next()).toBe("9\n");
  await following.return(undefined as never);
});
