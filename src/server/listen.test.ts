import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClient } from "../client/client.ts";
import { RefusalError } from "../contract/problems.ts";
import { foregroundClock } from "../system/clock.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { TestServer } from "./test-server.ts";

let folder: string;
let socket: string;
const servers: TestServer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-listen-"));
  socket = join(folder, "run/server.sock");
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  rmSync(folder, { recursive: true });
});

const start = async (path = socket) => {
  const server = await TestServer.start({ socket: path });
  servers.push(server);
  return server;
};
const refusal = (error: unknown) =>
  error instanceof RefusalError ? error.refusal : { code: String(error), details: {} };
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("the socket", () => {
  it("is for its user alone, in a folder for its user alone", async () => {
    mkdirSync(join(folder, "run"), { mode: 0o755 });
    chmodSync(join(folder, "run"), 0o755);
    await start();
    expect([mode(socket), mode(join(folder, "run"))]).toEqual(["600", "700"]);
  });

  it("goes when the server closes", async () => {
    const server = await start();
    await server.close();
    expect(statSync(socket, { throwIfNoEntry: false })).toBeUndefined();
    await server.restart();
  });

  it("that a killed server left is replaced", async () => {
    mkdirSync(join(folder, "run"), { mode: 0o700 });
    await leaveStale(socket);
    expect(statSync(socket).isSocket()).toBe(true);
    const server = await start();
    expect((await server.ask("GET", "/api/v1/version")).status).toBe(200);
  });

  it("on which a server answers is left to it, and its pid is reported", async () => {
    await start();
    const error = await start().catch((thrown: unknown) => thrown);
    expect(refusal(error)).toEqual({
      code: "socket_in_use",
      details: { socket, listener: `The server of HOLDFAST_STATE_DIR=/state, pid ${process.pid},` },
    });
    expect((await servers[0]?.ask("GET", "/api/v1/version"))?.status).toBe(200);
  });

  it("on which something else answers is left to it", async () => {
    mkdirSync(join(folder, "run"), { mode: 0o700 });
    const other = await listening(socket, (own) => own.on("connection", (peer) => peer.destroy()));
    const error = await start().catch((thrown: unknown) => thrown);
    expect(refusal(error).code).toBe("socket_in_use");
    other.close();
  });

  it("may have a path that is too long for the kernel", async () => {
    const path = join(folder, "x".repeat(100), "y".repeat(100), "server.sock");
    const server = await start(path);
    expect(mode(path)).toBe("600");
    const client = createClient({ socket: path, clock: foregroundClock });
    expect((await client.version()).api).toBe("v1");
    await server.close();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    await server.restart();
  });

  it("cannot be made where a file is in place of its folder", async () => {
    writeFileSync(join(folder, "run"), "");
    const error = await start().catch((thrown: unknown) => thrown);
    expect(refusal(error)).toEqual({
      code: "storage_failed",
      details: {
        what: `${join(folder, "run")}: EEXIST (HOLDFAST_RUNTIME_DIR=FOLDER uses another folder)`,
      },
    });
  });
});

describe("a socket that is removed while its server runs", () => {
  const version = async (server: TestServer) => (await server.ask("GET", "/api/v1/version")).status;

  it("comes back at its path, also with its folder and more than once; streams continue", async () => {
    const server = await start();
    const events = await server.open("GET", "/api/v1/events");
    events.on("error", () => undefined).resume();
    await server.again();
    for (const gone of [socket, join(folder, "run"), socket]) {
      rmSync(gone, { recursive: true });
      expect(server.place).toBe("removed");
      await expect(version(server)).rejects.toThrow("ENOENT");
      await server.again();
      expect([server.place, mode(socket), mode(join(folder, "run"))]).toEqual([
        "in place",
        "600",
        "700",
      ]);
      expect(await version(server)).toBe(200);
    }
    expect(events.closed).toBe(false);
    await server.close();
    expect(statSync(socket, { throwIfNoEntry: false })).toBeUndefined();
    await server.restart();
  });

  it("closes with requests that came over the second one answered", async () => {
    const server = await start();
    rmSync(socket);
    await server.again();
    const { id } = await server.runningJob();
    const output = await server.open("GET", `/api/v1/jobs/${id}/output?follow=true`);
    const closed = Promise.withResolvers<void>();
    output
      .on("error", () => undefined)
      .on("close", () => closed.resolve())
      .resume();
    await server.close();
    await closed.promise;
    await server.restart();
  });

  it("is left to the server that has it now", async () => {
    const [server, other] = [await start(), TestServer];
    rmSync(socket);
    servers.push(await other.start({ socket }));
    expect(server.place).toBe("replaced");
    const error = await server.again().catch((thrown: unknown) => thrown);
    expect(refusal(error).code).toBe("socket_in_use");
    expect(await version(server)).toBe(200);
  });

  it("stays with the server that has it now when the first one closes", async () => {
    const server = await start();
    rmSync(socket);
    const now = await TestServer.start({ socket });
    servers.push(now);
    await server.close();
    expect([now.place, await version(now)]).toEqual(["in place", 200]);
  });

  it("stays with the server that has it now when a server that had listened twice closes", async () => {
    const server = await start();
    rmSync(socket);
    await server.again();
    rmSync(socket);
    const now = await TestServer.start({ socket });
    servers.push(now);
    await server.close();
    expect([now.place, await version(now)]).toEqual(["in place", 200]);
  });

  it("that a killed server left is taken by one of three servers that start at once", async () => {
    mkdirSync(join(folder, "run"), { mode: 0o700 });
    await leaveStale(socket);
    const started = await Promise.allSettled([start(), start(), start()]);
    expect(started.map(({ status }) => status).toSorted()).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    expect([servers[0]?.place, readdirSync(join(folder, "run"))]).toEqual([
      "in place",
      ["server.sock"],
    ]);
  });

  it("is not made in place of a file that is not a socket", async () => {
    mkdirSync(join(folder, "run"), { mode: 0o700 });
    const makers = [
      () => writeFileSync(socket, ""),
      () => symlinkSync("/nowhere", socket),
      () => mkdirSync(socket),
    ];
    for (const make of makers) {
      make();
      const error = await start().catch((thrown: unknown) => thrown);
      expect(refusal(error).code).toBe("socket_in_use");
      expect(readdirSync(join(folder, "run"))).toEqual(["server.sock"]);
      rmSync(socket, { recursive: true });
    }
  });

  it("is put back in place of a socket without a listener", async () => {
    const server = await start();
    rmSync(socket);
    await leaveStale(socket);
    await server.again();
    expect([server.place, await version(server)]).toEqual(["in place", 200]);
  });

  it("is tried again later if its folder cannot be made", async () => {
    const server = await start();
    rmSync(join(folder, "run"), { recursive: true });
    writeFileSync(join(folder, "run"), "");
    const error = await server.again().catch((thrown: unknown) => thrown);
    expect(refusal(error).code).toBe("storage_failed");
    rmSync(join(folder, "run"));
    await server.again();
    expect(await version(server)).toBe(200);
  });
});

describe("closing", () => {
  it("does not wait for those listener follow something", async () => {
    const server = await TestServer.start({ socket, clock: new FakeClock() });
    servers.push(server);
    const { id } = await server.runningJob();
    const answers = [
      await server.open("GET", `/api/v1/jobs/${id}/output?follow=true`),
      await server.open("GET", "/api/v1/events"),
    ];
    for (const answer of answers) answer.on("error", () => undefined).resume();
    await server.close(); // no time passes here
    await server.restart();
  });

  it("lets a request that is being answered finish", async () => {
    const server = await start();
    const gate = Promise.withResolvers<void>();
    const submit = server.supervisor.submit.bind(server.supervisor);
    const entered = Promise.withResolvers<void>();
    server.supervisor.submit = async (request, key) => {
      entered.resolve();
      await gate.promise;
      return submit(request, key);
    };
    const answer = server.ask("POST", "/api/v1/jobs", { command: ["true"], cwd: "/" });
    await entered.promise;
    const closed = server.close();
    gate.resolve();
    expect((await answer).status).toBe(201);
    await closed;
    await server.restart();
  });

  it("does not wait for the next request of a connection that is kept", async () => {
    const server = await TestServer.start({ socket, clock: new FakeClock() });
    servers.push(server);
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const submit = server.supervisor.submit.bind(server.supervisor);
    server.supervisor.submit = async (request, key) => {
      entered.resolve();
      await gate.promise;
      return submit(request, key);
    };
    const client = createClient(server.connection);
    const submitted = client.submit({ command: ["true"], cwd: "/" });
    await entered.promise;
    const closed = server.close(); // no time passes here
    gate.resolve();
    await submitted;
    await closed;
    await server.restart();
  });
});

function listening(path: string, prepare: (server: Server) => unknown): Promise<Server> {
  const { promise, resolve } = Promise.withResolvers<Server>();
  const server = createServer();
  prepare(server);
  server.listen(path, () => resolve(server));
  return promise;
}

/** A socket in the file system that no process listens on. */
async function leaveStale(path: string): Promise<void> {
  const elsewhere = `${path}.moved`;
  const server = await listening(elsewhere, () => undefined);
  const { renameSync } = await import("node:fs");
  renameSync(elsewhere, path); // closing removes the name that it knows
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
}
