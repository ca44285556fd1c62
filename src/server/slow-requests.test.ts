import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../system/eventually.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { answerSlowRequests } from "./slow-requests.ts";

const request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

let folder: string;
let clock: FakeClock;
let server: Server;
/** Node has reported that the request did not come in time. Comes before the answer to that. */
let reported: () => void;
let client: Socket;
let answer: Promise<string>;
let peer: Socket;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-slow-"));
  clock = new FakeClock();
  reported = () => undefined;
  server = createServer(
    { headersTimeout: 20, requestTimeout: 40, connectionsCheckingInterval: 10 },
    (asked, answering) => {
      asked.resume().on("end", () => answering.end("served"));
    },
  );
  server.on("clientError", () => reported());
  answerSlowRequests(server, clock, { requestMs: 1000, idleMs: 60_000 });
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const path = join(folder, "socket");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  client = connect(path);
  answer = new Promise((resolve) => {
    let text = "";
    client.setEncoding("utf8").on("data", (part: string) => (text += part));
    client.on("error", () => undefined).on("close", () => resolve(text));
  });
  peer = await accepted;
});
afterEach(() => {
  client.destroy();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Makes Node report the time of a request that begins with these bytes. */
async function late(bytes: string): Promise<void> {
  if (bytes !== "") client.write(bytes);
  await eventually(() => peer.bytesRead === bytes.length);
  await new Promise<void>((resolve) => {
    reported = resolve;
  });
}

describe("a connection whose time is over", () => {
  it("and that never asked is idle: it is answered when it asks", async () => {
    await late("");
    await eventually(() => clock.nextTimerMs === 60_000);
    client.write(request);
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("and that never asks is closed without an answer", async () => {
    await late("");
    await eventually(() => clock.nextTimerMs === 60_000);
    clock.advance(60_000);
    expect(await answer).toBe("");
    await eventually(() => clock.pendingTimers === 0);
  });

  it.each([
    ["the whole request", ""],
    ["the rest of its head", request.slice(0, 20)],
    ["its body", `${request.replace("GET", "POST").slice(0, -2)}content-length: 7\r\n\r\n{}`],
  ])("while %s lies unread is answered when that was read", async (_, first) => {
    const rest = first.includes("{}") ? '{"a":1}'.slice(2) : request.slice(first.length);
    client.write(first);
    await eventually(() => peer.bytesRead === first.length);
    reported = () => client.write(rest);
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("and whose head comes byte by byte is refused in the end", async () => {
    client.write(request.slice(0, 20));
    await eventually(() => peer.bytesRead === 20);
    reported = () => client.write(request.slice(20, 21));
    await eventually(() => clock.nextTimerMs === 1000);
    clock.advance(1000);
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [^]*did not come in time/);
  });
});
