import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BrokenPipe, OutputFailure } from "../cli/terminal/sink.ts";
import { ClientLink } from "./client-link.ts";
import { type Frame, FrameReader } from "./frames.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-link-"));
let link: ClientLink;
let client: Socket;
let ends: (() => void)[] = [];

beforeEach(async () => {
  const path = join(folder, "socket");
  const server = createServer().listen(path);
  await once(server, "listening");
  client = connect(path);
  const [socket] = (await once(server, "connection")) as [Socket];
  link = new ClientLink(socket);
  socket.resume();
  ends = [() => server.close(), () => socket.destroy(), () => client.destroy()];
});
afterEach(() => {
  for (const end of ends) end();
  rmSync(join(folder, "socket"), { force: true });
});

/** The next message that the client gets. */
async function next(reader: FrameReader): Promise<Frame> {
  for (;;) {
    const [bytes] = (await once(client, "data")) as [Buffer];
    for (const frame of reader.read(bytes)) return frame;
  }
}

function answer(errno: number): void {
  const content = Buffer.alloc(4);
  content.writeUInt32LE(errno);
  link.hear({ kind: "A", content });
}

describe("output of a hosted command", () => {
  it("is written when the client has written it", async () => {
    const written = link.sink("O", false).write("a line\n");
    expect(await next(new FrameReader(1000))).toEqual({
      kind: "O",
      content: Buffer.from("a line\n"),
    });
    let done = false;
    void written.then(() => (done = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    answer(0);
    await written;
  });

  it("fails as a write of its own would: a closed pipe, a full disk", async () => {
    const [out, errors] = [link.sink("O", false), link.sink("E", false)];
    const closed = out.write("x");
    answer(32);
    await expect(closed).rejects.toThrow(BrokenPipe);
    await expect(out.write("y")).rejects.toThrow(BrokenPipe);
    const full = errors.write("x");
    answer(28);
    await expect(full).rejects.toThrow(OutputFailure);
    await expect(full).rejects.toThrow("ENOSPC: no space left on device, write");
  });

  it("ends as by a closed pipe when the client goes", async () => {
    const written = link.sink("O", false).write("x");
    client.destroy();
    await expect(written).rejects.toThrow(BrokenPipe);
    expect(link.gone.aborted).toBe(true);
    await expect(link.sink("E", false).write("x")).rejects.toThrow(BrokenPipe);
  });

  it("knows the terminal's size, also after it has changed", () => {
    const out = link.sink("O", true);
    expect([out.columns(), out.rows()]).toEqual([80, 24]);
    link.hear({ kind: "W", content: Buffer.from("132 50") });
    expect([out.columns(), out.rows()]).toEqual([132, 50]);
    expect(link.sink("E", false).columns()).toBeNull();
  });
});

it("asks for signals only while the command handles them", async () => {
  const heard: string[] = [];
  const reader = new FrameReader(1000);
  const release = link.onInterrupt((signal) => heard.push(signal));
  expect(await next(reader)).toEqual({ kind: "H", content: Buffer.from([1]) });
  link.hear({ kind: "S", content: Buffer.from([2]) });
  link.hear({ kind: "S", content: Buffer.from([15]) });
  release();
  expect(await next(reader)).toEqual({ kind: "H", content: Buffer.from([0]) });
  link.hear({ kind: "S", content: Buffer.from([1]) });
  expect(heard).toEqual(["SIGINT", "SIGTERM"]);
});

it("asks for a line when the command wants one", async () => {
  const reader = new FrameReader(1000);
  const line = link.keyboard(true).line();
  expect(await next(reader)).toEqual({ kind: "K", content: Buffer.alloc(0) });
  link.hear({ kind: "I", content: Buffer.from("yes\n") });
  expect(await line).toBe("yes");
  const end = link.keyboard(true).line();
  link.hear({ kind: "I", content: Buffer.alloc(0) });
  expect(await end).toBeNull();
});
