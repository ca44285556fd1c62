import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClient, type Client } from "../client/client.ts";
import { followEvents } from "../client/events.ts";
import { readOutput } from "../client/output.ts";
import { RefusalError } from "../contract/problems.ts";
import { TestServer } from "./test-server.ts";

/** The client against the real server. */

let server: TestServer;
let client: Client;
beforeEach(async () => {
  server = await TestServer.start();
  client = createClient(server.connection);
});
afterEach(() => server.stop());

const request = { command: ["true"], cwd: "/" };

describe("the client", () => {
  it("has every verb", async () => {
    expect(await client.submit(request, "k")).toMatchObject({ replayed: false, job: { id: 1 } });
    expect(await client.submit(request, "k")).toMatchObject({ replayed: true, job: { id: 1 } });
    expect(await client.show(1)).toMatchObject({ id: 1 });
    expect((await client.list({ state: ["queued", "held"], limit: 5 })).jobs).toHaveLength(1);
    expect(server.supervisor.queries.at(-1)).toMatchObject({
      states: ["queued", "held"],
      limit: 5,
    });
    await client.cancel(1);
    await client.cancel(1, 0);
    for (const verb of ["kill", "retry", "hold", "release", "pause", "resume"] as const)
      expect(await client[verb](1)).toMatchObject({ id: 1 });
    expect(server.supervisor.calls.slice(2)).toEqual([
      ["cancel", 1, null],
      ["cancel", 1, 0],
      ["kill", 1],
      ["retry", 1],
      ["hold", 1],
      ["release", 1],
      ["pause", 1],
      ["resume", 1],
    ]);
    expect((await client.events(1)).events).toMatchObject([{ type: "submitted" }]);
    expect((await client.health()).status).toBe("ok");
    expect((await client.version()).api).toBe("v1");
    await client.remove(1);
    expect((await client.list()).jobs).toEqual([]);
  });

  it("throws what the server refuses, hint and all", async () => {
    const error: unknown = await client.show(7).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusalError);
    expect((error as RefusalError).refusal).toEqual({
      code: "no_such_job",
      details: { selector: 7 },
    });
  });
});

describe("output", () => {
  const collect = async (chunks: AsyncIterable<{ offset: number; bytes: Buffer }>) => {
    let text = "";
    for await (const { offset, bytes } of chunks) {
      expect(offset).toBe(text.length);
      text += bytes.toString("latin1");
    }
    return text;
  };

  it("is read with its offsets", async () => {
    const { id } = await server.runningJob("0123456789");
    const chunks = readOutput(server.connection, id, { offset: -4, limit: 2 });
    expect((await chunks.next()).value).toEqual({ offset: 6, bytes: Buffer.from("67") });
    expect((await chunks.next()).done).toBe(true);
  });

  it("is followed over a restart of the server, no byte lost or doubled", async () => {
    const { id, path } = await server.runningJob("before;");
    const heard: string[] = [];
    const chunks = readOutput(server.connection, id, {
      follow: true,
      onBroken: ({ refusal }) => heard.push(refusal.code),
      onResumed: () => heard.push("resumed"),
    });
    expect((await chunks.next()).value?.bytes.toString()).toBe("before;");
    await server.close();
    appendFileSync(path, "meanwhile;");
    await server.restart();
    expect((await chunks.next()).value).toEqual({ offset: 7, bytes: Buffer.from("meanwhile;") });
    expect(heard).toContain("server_unreachable");
    expect(heard.filter((word) => word === "resumed")).toHaveLength(1);
    expect(heard.at(-1)).toBe("resumed");
    server.supervisor.move(id, "succeeded");
    expect((await chunks.next()).done).toBe(true);
  });

  it("comes whole through a reader that is slower than the job", async () => {
    const { id, path } = await server.runningJob();
    const text = "0123456789".repeat(100_000);
    const read = collect(readOutput(server.connection, id, { follow: true }));
    for (let at = 0; at < text.length; at += 50_000)
      appendFileSync(path, text.slice(at, at + 50_000));
    server.supervisor.move(id, "succeeded");
    expect(await read).toBe(text);
  });

  it("stops at an abort", async () => {
    const { id } = await server.runningJob("x");
    const abort = new AbortController();
    const chunks = readOutput(server.connection, id, { follow: true, signal: abort.signal });
    await chunks.next();
    abort.abort();
    await expect(chunks.next()).rejects.toThrow(/abort/);
  });

  it("passes a refusal on", async () => {
    await expect(readOutput(server.connection, 9).next()).rejects.toThrow(RefusalError);
  });
});

describe("events", () => {
  it("bring the job, so that a job is cancelled over one connection", async () => {
    const { id } = await server.runningJob();
    const sockets: unknown[] = [];
    const count = (message: unknown) => void sockets.push(message);
    subscribe("net.client.socket", count);
    try {
      // As `cancel` does (src/cli/stopping).
      const { eventsAfter } = await client.list({ select: String(id) });
      await client.cancel(id);
      server.supervisor.move(id, "cancelled");
      const wanted = { jobId: id, after: eventsAfter, withJob: true };
      for await (const { job } of followEvents(server.connection, wanted)) {
        expect(job).toMatchObject({ id, state: "cancelled" });
        break;
      }
    } finally {
      unsubscribe("net.client.socket", count);
    }
    expect(sockets).toHaveLength(1);
  });

  it("are followed over a restart of the server, none lost or doubled", async () => {
    await client.submit(request);
    let resumed = 0;
    const onResumed = () => {
      resumed += 1;
    };
    const events = followEvents(server.connection, { onResumed });
    const first = events.next(); // from now on: the submission is not among them
    const counted = server.supervisor.listeners;
    const { eventually } = await import("../system/eventually.ts");
    await eventually(() => server.supervisor.listeners > counted);
    server.supervisor.emit(1, "adopted");
    expect((await first).value).toMatchObject({ seq: 2 });
    await server.close();
    server.supervisor.emit(1, "adopted");
    await server.restart();
    server.supervisor.emit(1, "adopted");
    expect((await events.next()).value).toMatchObject({ seq: 3 });
    expect((await events.next()).value).toMatchObject({ seq: 4 });
    expect(resumed).toBe(1);
    await events.return(undefined as never);
  });

  it("that come before the first one is seen are not lost by a restart", async () => {
    await client.submit(request);
    const events = followEvents(server.connection);
    const first = events.next();
    const counted = server.supervisor.listeners;
    const { eventually } = await import("../system/eventually.ts");
    await eventually(() => server.supervisor.listeners > counted);
    await server.close();
    server.supervisor.emit(1, "adopted");
    await server.restart();
    expect((await first).value).toMatchObject({ seq: 2 });
    await events.return(undefined as never);
  });

  it("give up when no server comes back", async () => {
    const events = followEvents(server.connection, { after: 0, timeoutMs: 100 });
    await client.submit(request);
    await events.next();
    await server.close();
    await expect(events.next()).rejects.toThrow(/No server is running/);
    await server.restart();
  });
});
