import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockHolder } from "./lock-holder.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-lock-"));
  path = join(folder, "server.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the holder of a server's lock", () => {
  it("is the process that took it, until it lets go", () => {
    const lock = new DatabaseSync(path);
    lock.exec("BEGIN EXCLUSIVE");
    expect(lockHolder(path)).toBe(process.pid);
    lock.close();
    expect(lockHolder(path)).toBeNull();
  });

  it("is null where there is no lock, or no file", () => {
    expect(lockHolder(path)).toBeNull();
    writeFileSync(path, "");
    expect(lockHolder(path)).toBeNull();
  });
});
