import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogFile } from "./log-file.ts";

const lossMessage = (lines: number) => `${lines} lost\n`;
const never = { bytes: 0, keep: 3 };

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-log-"));
  path = join(folder, "server.log");
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = (name = "server.log") => readFileSync(join(folder, name), "utf8");

describe("the server's log", () => {
  it("is appended to", () => {
    for (const line of ["a\n", "b\n"]) {
      const log = new LogFile(path, lossMessage, never);
      log.write(line);
      log.close();
    }
    expect(read()).toBe("a\nb\n");
  });

  it("does not stop its program when the disk is full", () => {
    const log = new LogFile("/dev/full", lossMessage, { bytes: 1, keep: 1 });
    for (let line = 0; line < 3; line += 1) log.write("lines\n");
    log.close();
  });

  it("is rotated before it exceeds its size, and keeps the number of earlier ones that is set", () => {
    const log = new LogFile(path, lossMessage, { bytes: 10, keep: 2 });
    for (const line of ["aaaa\n", "bbbb\n", "cccc\n", "dddd\n", "eeee\n", "ffff\n", "gggg\n"])
      log.write(line);
    log.close();
    expect(readdirSync(folder).toSorted()).toEqual(["server.log", "server.log.1", "server.log.2"]);
    expect([read(), read("server.log.1"), read("server.log.2")]).toEqual([
      "gggg\n",
      "eeee\nffff\n",
      "cccc\ndddd\n",
    ]);
  });

  it("keeps no earlier one if none is wanted; a line that is longer than its size is written", () => {
    const log = new LogFile(path, lossMessage, { bytes: 4, keep: 0 });
    for (const line of ["aaaaaaaa\n", "b\n", "c\n"]) log.write(line);
    log.close();
    expect(readdirSync(folder)).toEqual(["server.log"]);
    expect(read()).toBe("b\nc\n");
  });

  it("is the same file after a rotation: what another descriptor appends is in it, and counts", () => {
    const other = openSync(path, "a");
    const { ino } = statSync(path);
    const log = new LogFile(path, lossMessage, { bytes: 10, keep: 1 });
    log.write("aaaa\n");
    writeSync(other, "crash 1\n");
    log.write("bbbb\n");
    writeSync(other, "crash 2\n");
    expect(read("server.log.1")).toBe("aaaa\ncrash 1\n");
    expect(read()).toBe("bbbb\ncrash 2\n");
    expect(statSync(path).ino).toBe(ino);
    log.close();
    closeSync(other);
  });

  it("is not rotated where another file has its name by now", () => {
    const log = new LogFile(path, lossMessage, { bytes: 4, keep: 1 });
    log.write("a\n");
    renameSync(path, join(folder, "moved.log"));
    writeFileSync(path, "of another server\n");
    for (const line of ["b\n", "c\n"]) log.write(line);
    log.close();
    expect(read()).toBe("of another server\n");
    expect(read("moved.log")).toBe("a\nb\nc\n");
    expect(readdirSync(folder).toSorted()).toEqual(["moved.log", "server.log"]);
  });
});
