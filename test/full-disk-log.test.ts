import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LogFile } from "../src/system/log-file.ts";
import { Disk } from "./torture/disk.ts";

let disk = Disk.mount(16);
const isMounted = disk !== null;
disk?.unmount();

beforeEach(() => {
  disk = Disk.mount(16);
});
afterEach(() => disk?.unmount());

const lossMessage = (lines: number) => `${lines} lost\n`;

test.runIf(isMounted)(
  "a log that the full disk does not let rotate stays whole, and is rotated when there is room",
  () => {
    const folder = disk?.path ?? "";
    const path = join(folder, "server.log");
    const logs = () => readdirSync(folder).filter((name) => name.startsWith("server.log"));
    const log = new LogFile(path, lossMessage, { bytes: 100_000, keep: 2 });
    const line = `${"x".repeat(999)}\n`;
    for (let count = 0; count < 100; count += 1) log.write(line);
    expect(logs()).toEqual(["server.log"]);
    disk?.fill();
    for (let count = 0; count < 100; count += 1) log.write(line);
    // No copy, whole or in part, and nothing of what was written is gone.
    expect(logs()).toEqual(["server.log"]);
    expect(readFileSync(path, "utf8").startsWith(line.repeat(100))).toBe(true);
    disk?.free();
    for (let count = 0; count < 1001; count += 1) log.write(line);
    expect(logs().length).toBeGreaterThan(1);
    const all = logs()
      .toSorted((a, b) => b.localeCompare(a))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("");
    expect(all.endsWith(line)).toBe(true);
    log.close();
  },
);
