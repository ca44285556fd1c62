import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../system/eventually.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { FrameReader, frameOf, type Frame } from "./frames.ts";
import { machineTimeZone, ownNamespaces } from "./own-place.ts";
import { serveCommand } from "./serve-command.ts";

let folder: string;
let server: Server;
let client: Socket;
let served: Socket;
let clock: FakeClock;
let over: Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-serve-"));
  server = createServer({ pauseOnConnect: true }).listen(join(folder, "socket"));
  await once(server, "listening");
  client = connect({ path: join(folder, "socket"), allowHalfOpen: true });
  [served] = (await once(server, "connection")) as [Socket];
  clock = new FakeClock();
  const place = {
    build: "",
    namespaces: ownNamespaces(),
    env: {},
    timeZone: machineTimeZone(),
    socket: join(folder, "run/server.sock"),
    stateDir: folder,
  };
  over = serveCommand(served, place, clock);
});
afterEach(async () => {
  client.destroy();
  await over;
  server.close();
  rmSync(folder, { recursive: true });
});

function help(): Buffer {
  const { pid, mount, user } = ownNamespaces();
  const head = ["1", "", pid, mount, user, "000", "", "/", "1", "help"];
  return frameOf("R", [...head, `HOLDFAST_STATE_DIR=${folder}`, ""].join("\0"));
}

describe("a client", () => {
  it("has ten seconds in all for its command, however it divides it", async () => {
    const [first, rest] = [help().subarray(0, 9), help().subarray(9, -1)];
    client.write(first);
    await eventually(() => served.bytesRead === first.length);
    clock.advance(9999);
    client.write(rest);
    await eventually(() => served.bytesRead === first.length + rest.length);
    expect(served.destroyed).toBe(false);
    clock.advance(1);
    expect(served.destroyed).toBe(true);
  });

  it("that does not hang up holds no place longer than ten seconds after its command", async () => {
    const reader = new FrameReader(1_000_000);
    const got: Frame[] = [];
    client.on("data", (bytes: Buffer) => {
      for (const frame of reader.read(bytes)) {
        got.push(frame);
        if (frame.kind === "R") client.write(frameOf("G"));
        if (frame.kind === "O") client.write(frameOf("A", Buffer.alloc(4)));
      }
    });
    client.write(help());
    await eventually(() => got.at(-1)?.kind === "X");
    await eventually(() => clock.pendingTimers === 1);
    clock.advance(9999);
    expect(served.destroyed).toBe(false);
    clock.advance(1);
    expect(served.destroyed).toBe(true);
  });
});
