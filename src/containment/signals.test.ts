import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeeperClaim } from "../contract/keeper.ts";
import { Signals } from "./signals.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-signals-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A keeper program that answers with these lines. */
function answering(...lines: string[]): Signals {
  const program = join(folder, "keeper");
  const echoes = lines.map((line) => `echo '${line}'`).join("; ");
  writeFileSync(program, `#!/bin/sh\n${echoes}\n`);
  chmodSync(program, 0o755);
  return new Signals(program);
}

it("does not take a process that proc hides for gone", async () => {
  const signals = answering("5 70 4 5", "6 gone", "7 unknown 9");
  expect(await signals.identify([5, 6, 7])).toEqual([
    { pid: 5, start: 70, inode: 4 },
    null,
    "unknown",
  ]);
});

describe("a keeper that proc hides, behind a socket that was put back", () => {
  let server: Server;
  let socket: Socket;
  beforeEach(async () => {
    const path = join(folder, "sock");
    server = createServer();
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    socket = connect(path);
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  });
  afterEach(() => {
    socket.destroy();
    server.close();
  });

  const claim = { keeper: { pid: 7, start: 70, inode: 9 }, socket: 1 } as KeeperClaim;
  it.each([
    ["7 unknown 9", true],
    ["7 unknown 8", false],
    ["7 unknown 0", false],
    ["8 unknown 9", false],
    ["7 70 9 7", true],
    ["7 71 9 7", false],
    ["7 gone", false],
  ])("%s: %s", async (line, isKeeper) => {
    expect(await answering(line).isKeeper({ socket, inode: 2 }, claim)).toBe(isKeeper);
  });
});
