import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { peerProcess } from "./peer-process.ts";
import { readStat, type ProcessStat } from "./proc-stat.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-peer-process-"));
const path = join(folder, "socket");
const server = createServer({ allowHalfOpen: true }).listen(path);
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Connects. With `leaves` it ends, and its child keeps the connection until standard input ends. */
const program = `
import os, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
if sys.argv[2] == "leaves" and os.fork() > 0:
    os._exit(0)
sys.stdin.read()
`;

async function connected(how: "stays" | "leaves") {
  const child = spawn("python3", ["-c", program, path, how], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const [socket] = (await once(server, "connection")) as [Socket];
  return { child, socket, pid: child.pid ?? 0 };
}

describe("the process that connected", () => {
  it("is the one with its pid while it lives", async () => {
    const { child, socket, pid } = await connected("stays");
    expect(await peerProcess(socket)).toMatchObject({
      pid,
      uid: process.getuid?.(),
      stat: { pid, ppid: process.pid, start: readStat(pid)?.start },
    });
    child.stdin.end();
    await once(child, "exit");
    socket.destroy();
  });

  it("is not the process that has its pid now, where its child keeps the connection", async () => {
    const { child, socket, pid } = await connected("leaves");
    await once(child, "exit");
    const another = { ...(readStat(process.pid) as ProcessStat), pid };
    expect(await peerProcess(socket, () => another)).toMatchObject({ pid, stat: null });
    child.stdin.end();
    socket.destroy();
  });
});
