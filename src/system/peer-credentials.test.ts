import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPeerCredentials } from "./peer-credentials.ts";

let folder: string;
let server: Server;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-peer-"));
  server = createServer();
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function listening(place: string | number): Promise<void> {
  server.listen(place);
  await once(server, "listening");
}

async function accepted(): Promise<Socket> {
  const [socket] = (await once(server, "connection")) as [Socket];
  return socket;
}

describe("the peer of a Unix socket", () => {
  it("is this process at both ends of its own connection", async () => {
    const path = join(folder, "own.sock");
    await listening(path);
    const client = connect(path);
    const own = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
    const socket = await accepted();
    await once(client, "connect");
    expect(await readPeerCredentials(socket)).toEqual(own);
    expect(await readPeerCredentials(client)).toEqual(own);
    client.destroy();
    socket.destroy();
  });

  it("is the process that connected, whatever it says", async () => {
    const path = join(folder, "child.sock");
    await listening(path);
    const script = `require("node:net").connect(${JSON.stringify(path)}).resume()`;
    const child = spawn(process.execPath, ["-e", script], { stdio: "ignore" });
    const socket = await accepted();
    expect(await readPeerCredentials(socket)).toMatchObject({ pid: child.pid });
    socket.destroy();
    await once(child, "exit");
  });

  it("is unknown for a closed socket and for TCP", async () => {
    await listening(0);
    const address = server.address() as { port: number };
    const client = connect(address.port, "127.0.0.1");
    const socket = await accepted();
    expect(await readPeerCredentials(socket)).toBeNull();
    socket.destroy();
    expect(await readPeerCredentials(socket)).toBeNull();
    client.destroy();
  });
});
