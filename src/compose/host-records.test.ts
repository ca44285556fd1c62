import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostRecords } from "./host-records.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-hosts-"));
  path = join(folder, "hosts");
});
afterEach(() => rmSync(folder, { recursive: true }));

function opened(): HostRecords {
  const records = new HostRecords(path);
  records.open();
  return records;
}

describe("records of command hosts", () => {
  it("show the next server which hosts earlier ones have started", () => {
    expect(opened().has(process.pid)).toBe(false);
    opened().add(process.pid);
    expect(opened().has(process.pid)).toBe(true);
    expect(opened().has(process.ppid)).toBe(false);
  });

  it("do not name another process that has the pid by now, or had it in another boot", () => {
    opened().add(process.pid);
    const line = readFileSync(path, "utf8");
    const [pid = "", start = "", ...place] = line.trim().split(" ");
    writeFileSync(path, [pid, Number(start) + 1, ...place].join(" "));
    expect(opened().has(process.pid)).toBe(false);
    writeFileSync(path, [pid, start, "another-boot", place[1]].join(" "));
    expect(opened().has(process.pid)).toBe(false);
    writeFileSync(path, line);
    expect(opened().has(process.pid)).toBe(true);
  });

  it("drop hosts that have ended", async () => {
    const child = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
    await once(child, "spawn");
    opened().add(child.pid ?? 0);
    child.stdin.end();
    await once(child, "exit");
    opened().add(process.pid);
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(1);
  });
});
