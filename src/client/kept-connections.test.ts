import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../system/eventually.ts";
import { foregroundClock } from "../system/clock.ts";
import { createClient } from "./client.ts";

let folder: string;
let socket: string;
let server: Server;
/** Connections of the test. */
let count: { opened: number; open: number };
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-kept-"));
  socket = join(folder, "server.sock");
  count = { opened: 0, open: 0 };
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function listening(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  const counted = count;
  server.on("connection", (connection) => {
    counted.opened += 1;
    counted.open += 1;
    connection.once("close", () => (counted.open -= 1));
  });
  await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
}

const answer: RequestListener = (_, response) => response.end('{"api":"v1"}');

describe("requests of a connection", () => {
  it("that follow each other use one connection to the server", async () => {
    await listening(answer);
    const client = createClient({ socket, clock: foregroundClock });
    for (let sent = 0; sent < 6; sent += 1) await client.version();
    expect(count.opened).toBe(1);
  });

  it("that are sent together use one each, and the same ones again", async () => {
    await listening(answer);
    const client = createClient({ socket, clock: foregroundClock });
    for (let sent = 0; sent < 3; sent += 1) await Promise.all([client.version(), client.version()]);
    expect(count.opened).toBe(2);
  });

  it("leave no connection when its signal aborts", async () => {
    await listening(answer);
    const over = new AbortController();
    const client = createClient({ socket, clock: foregroundClock, signal: over.signal });
    await client.version();
    expect(count.open).toBe(1);
    over.abort();
    await eventually(() => count.open === 0);
    await expect(client.version()).rejects.toThrow("aborted");
  });

  it("reach the server over a new connection where it has closed the kept ones just before", async () => {
    await listening(answer);
    const client = createClient({ socket, clock: foregroundClock });
    await Promise.all([client.version(), client.version()]);
    // The client has not heard of it when it sends the next request.
    server.closeIdleConnections();
    expect((await client.version()).api).toBe("v1");
    expect(count.opened).toBe(3);
  });

  it("are not sent again where the server may have read them", async () => {
    let requests = 0;
    await listening((request, response) => {
      requests += 1;
      if (requests === 1) answer(request, response);
      else request.socket.destroy();
    });
    const client = createClient({ socket, clock: foregroundClock });
    await client.version();
    await expect(client.cancel(1)).rejects.toThrow("hang up");
    expect({ requests, opened: count.opened }).toEqual({ requests: 2, opened: 1 });
  });
});
