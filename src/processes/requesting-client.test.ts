import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requestingClient } from "./requesting-client.ts";

let folder: string;
let server: Server;
let child: ChildProcess;
let socket: Socket;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-client-"));
  server = createServer({ allowHalfOpen: true });
  server.listen(join(folder, "sock"));
  await once(server, "listening");
});

afterEach(async () => {
  socket.destroy();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  server.close();
  rmSync(folder, { recursive: true });
});

/** A process that connects and stays. */
async function connected(args: (code: string) => string[]): Promise<void> {
  const code = `require("node:net").connect(${JSON.stringify(join(folder, "sock"))}).resume()`;
  child = spawn(process.execPath, args(code), { stdio: "ignore" });
  [socket] = (await once(server, "connection")) as [Socket];
}

const node = basename(process.execPath);

describe("the process that makes a request", () => {
  it("is named with its script, without its arguments, and with what started it", async () => {
    const script = join(folder, "train.js");
    await connected((code) => {
      writeFileSync(script, code);
      return ["--", script, "--token", "s3cret"];
    });
    const client = await requestingClient(socket, "curl/8.0");
    expect(client).toMatchObject({
      uid: process.getuid?.(),
      pid: child.pid,
      command: `${node} train.js`,
      parent: { pid: process.pid },
      says: "curl/8.0",
    });
    expect(JSON.stringify(client)).not.toContain("s3cret");
  });

  it("is not named by a program that is in its arguments", async () => {
    await connected((code) => ["-e", code, "s3cret"]);
    expect(await requestingClient(socket, undefined)).toMatchObject({ command: node, says: null });
  });

  it("that has gone keeps its uid and pid, and no name: another may have its pid by now", async () => {
    await connected((code) => ["-e", code]);
    const closed = once(socket, "end");
    socket.resume();
    child.kill("SIGKILL");
    await Promise.all([closed, once(child, "exit")]);
    expect(await requestingClient(socket, undefined)).toEqual({
      uid: process.getuid?.(),
      pid: child.pid,
      command: null,
      parent: null,
      says: null,
    });
  });
});
