import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeClock } from "../../system/fake-clock.ts";
import { Bell } from "../bell.ts";
import { OutputFile } from "./output-file.ts";

let folder: string;
let path: string;
let clock: FakeClock;
let file: OutputFile;
let bell: Bell;
let rings: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-log-"));
  path = join(folder, "output.log");
  clock = new FakeClock();
  file = new OutputFile(path, clock);
  bell = new Bell();
  rings = 0;
});
afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

const follow = () =>
  file.follow(() => {
    rings += 1;
    bell.ring();
  });

/** Lets the clock reach a file that stands still, so that its watch is set. */
async function settle(): Promise<void> {
  while (watchesOf(path) === 0) {
    clock.advance(25);
    await file.size();
  }
}

it("wakes its followers at once when a file that stood still grows", async () => {
  writeFileSync(path, "a");
  const unfollow = follow();
  await bell.wait();
  await settle();
  appendFileSync(path, "b");
  await bell.wait();
  expect(await file.size()).toBe(2);
  unfollow();
});

it("checks a busy file every 25 ms, however often it is written to", async () => {
  writeFileSync(path, "");
  const unfollow = follow();
  await bell.wait();
  await settle();
  appendFileSync(path, "x");
  await bell.wait();
  const before = rings;
  for (let write = 0; write < 1000; write += 1) {
    appendFileSync(path, "x");
    await file.size(); // a turn of the event loop, in which a watch would fire
  }
  expect(rings).toBe(before);
  clock.advance(25);
  await bell.wait();
  expect(rings).toBe(before + 1);
  unfollow();
});

it("finds a file that is made later", async () => {
  const unfollow = follow();
  expect(await file.size()).toBeNull();
  await settleCheck();
  writeFileSync(path, "now");
  clock.advance(1000);
  await bell.wait();
  expect(await file.size()).toBe(3);
  unfollow();
});

it("finds a newly created file at once when it learns that the job moved on", async () => {
  const unfollow = follow();
  await settleCheck();
  writeFileSync(path, "here");
  file.checkAgain();
  await bell.wait();
  expect(await file.size()).toBe(4);
  unfollow();
});

it("gives its watch back with its last follower", async () => {
  writeFileSync(path, "a");
  const unfollow = [follow(), follow(), follow()];
  await bell.wait();
  await settle();
  expect(watchesOf(path)).toBe(1);
  unfollow.pop()?.();
  unfollow.pop()?.();
  expect(watchesOf(path)).toBe(1);
  unfollow.pop()?.();
  expect(watchesOf(path)).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

it("shares one buffer among those who read the same", async () => {
  writeFileSync(path, "abc");
  const [one, two] = await Promise.all([file.read(0, 3), file.read(0, 3)]);
  expect(one).toBe(two);
  expect((await file.read(1, 100)).toString()).toBe("bc");
});

/** The first check of a follower is over when a size that was requested after it is known. */
async function settleCheck(): Promise<void> {
  await file.size();
  await file.size();
}

/** How many inotify watches of this process are on the file. */
function watchesOf(watched: string): number {
  const { ino } = statSync(watched);
  const mark = ` ino:${ino.toString(16)} `;
  const lines = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) !== "anon_inode:inotify") return [];
      return readFileSync(`/proc/self/fdinfo/${fd}`, "utf8").split("\n");
    } catch {
      return []; // closed meanwhile
    }
  });
  return lines.filter((line) => line.startsWith("inotify ") && line.includes(mark)).length;
}

it("shows nothing through a link that was put in its place", async () => {
  const other = join(folder, "other");
  writeFileSync(other, "not its output");
  symlinkSync(other, path);
  expect(await file.size()).toBeNull();
  expect(await file.read(0, 100)).toHaveLength(0);
});

it("is not held by a FIFO that was put in its place", async () => {
  execFileSync("mkfifo", [path]);
  expect(await file.size()).toBeNull();
});
