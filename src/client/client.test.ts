import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RefusalError } from "../contract/problems.ts";
import { eventually } from "../system/eventually.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { foregroundClock } from "../system/clock.ts";
import { createClient, type Client } from "./client.ts";

/** How the client handles answers that no server of this version gives. */

let folder: string;
let socket: string;
let client: Client;
let server: Server | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-client-"));
  socket = join(folder, "server.sock");
  client = createClient({ socket, clock: foregroundClock });
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
  rmSync(folder, { recursive: true });
});

async function answering(listener: RequestListener): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server = createServer(listener).listen(socket, () => resolve());
  await promise;
}

async function refusalOf(action: Promise<unknown>) {
  const error = await action.catch((thrown: unknown) => thrown);
  if (!(error instanceof RefusalError)) throw new Error(`no refusal: ${String(error)}`);
  return error.refusal;
}

describe("a server that is not there", () => {
  it("is server_not_running where there is no socket", async () => {
    expect((await refusalOf(client.version())).code).toBe("server_not_running");
  });

  it("is server_not_running where there is no folder for a long path", async () => {
    const far = join(folder, "x".repeat(120), "server.sock");
    const lost = createClient({ socket: far, clock: foregroundClock });
    expect((await refusalOf(lost.version())).code).toBe("server_not_running");
  });
});

describe("a server that misbehaves", () => {
  it("is server_unreachable when it hangs up", async () => {
    await answering((request) => request.socket.destroy());
    expect((await refusalOf(client.version())).code).toBe("server_unreachable");
  });

  it("is server_unreachable when it hangs up in the middle", async () => {
    await answering((_, answer) => {
      answer.writeHead(200, { "content-length": 100 });
      answer.write("{", () => answer.destroy());
    });
    expect((await refusalOf(client.version())).code).toBe("server_unreachable");
  });

  it("is server_unreachable when it sends nothing for 30 s", async () => {
    const asked = Promise.withResolvers<void>();
    await answering(() => asked.resolve());
    const clock = new FakeClock();
    const refused = refusalOf(createClient({ socket, clock }).version());
    await asked.promise;
    clock.advance(29_999);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(1);
    expect(await refused).toEqual({
      code: "server_unreachable",
      details: { what: `${socket}: no answer within 30 s` },
    });
    await eventually(() => clock.pendingTimers === 0);
  });

  it("is waited for while its process makes progress, and this is reported", async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    await answering((_, answer) => asked.resolve(answer));
    const clock = new FakeClock();
    const said: string[] = [];
    let work = 0;
    const connection = {
      socket,
      clock,
      progress: () => work,
      onWaiting: (text: string) => said.push(text),
    };
    const version = createClient(connection).version();
    const answer = await asked.promise;
    for (let second = 0; second < 300; second += 1) {
      work += second % 20 === 0 ? 1 : 0;
      clock.advance(1000);
    }
    answer.end('{"api":"v1"}');
    expect((await version).api).toBe("v1");
    expect(said[0]).toBe("waiting for the server's answer, 15s so far (Ctrl+C gives up)");
  });

  it.each([
    ["<html>", 502, "it answered 502"],
    ['{"code":"from_the_future","title":"New","hint":"do"}', 418, "it answered 418 (New: do)"],
    ["[]", 500, "it answered 500"],
  ])("is reported with a message if it answers %j", async (body, status, what) => {
    await answering((_, answer) => answer.writeHead(status).end(body));
    expect(await refusalOf(client.version())).toEqual({
      code: "server_unreachable",
      details: { what },
    });
  });

  it("is server_unreachable when it answers 200 with something else", async () => {
    await answering((_, answer) => answer.end("hello"));
    expect((await refusalOf(client.version())).code).toBe("server_unreachable");
  });
});
