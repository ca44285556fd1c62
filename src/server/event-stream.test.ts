import { createParser } from "eventsource-parser";
import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobEvent } from "../contract/event.ts";
import { eventually } from "../system/eventually.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { TestServer } from "./test-server.ts";

let server: TestServer;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock();
  server = await TestServer.start({ clock });
  for (let count = 0; count < 3; count += 1)
    await server.ask("POST", "/api/v1/jobs", { command: ["true"], cwd: "/" });
});
afterEach(() => server.stop());

const open = async (query = "", headers: Record<string, string> = {}) =>
  new EventReader(await server.open("GET", `/api/v1/events${query}`, undefined, headers));

describe("the stream of events", () => {
  it("starts now, and says where that is", async () => {
    const reader = await open();
    expect(await reader.position()).toBe("3");
    server.supervisor.move(1, "running");
    expect(await reader.take(1)).toMatchObject([{ seq: 4, jobId: 1, state: "running" }]);
    expect(reader.lastId).toBe("4");
  });

  it.each([
    ["?after=1", {}],
    ["", { "Last-Event-ID": "1" }],
    ["?after=0", { "Last-Event-ID": "1" }],
  ])("replays what came after the position of %s %o, then continues", async (query, headers) => {
    const reader = await open(query, headers);
    expect((await reader.take(2)).map(({ seq }) => seq)).toEqual([2, 3]);
    server.supervisor.emit(1, "adopted");
    expect((await reader.take(1)).map(({ seq }) => seq)).toEqual([4]);
  });

  it("is of one job where one is named", async () => {
    const reader = await open("?job=2&after=0");
    server.supervisor.move(1, "running");
    server.supervisor.move(2, "running");
    expect((await reader.take(2)).map(({ jobId, type }) => [jobId, type])).toEqual([
      [2, "submitted"],
      [2, "state"],
    ]);
  });

  it("refuses a job that is not there", async () => {
    const { status, json } = await server.ask("GET", "/api/v1/events?job=9");
    expect(status).toBe(404);
    expect(json).toMatchObject({ code: "no_such_job" });
  });

  it("gives passing events no id, so that they do not move the position", async () => {
    const reader = await open();
    await reader.position();
    server.supervisor.pass(1, { left: 3 });
    expect(await reader.take(1)).toMatchObject([{ seq: null, data: { left: 3 } }]);
    expect(reader.lastId).toBe("3");
  });

  it("refuses a position after which events were removed with their jobs", async () => {
    server.supervisor.pruned = 2;
    const { status, json } = await server.ask("GET", "/api/v1/events?after=1");
    expect(status).toBe(410);
    expect(json).toMatchObject({ code: "events_gone", details: { after: 1, until: 2 } });
    const { json: page } = await server.ask("GET", "/api/v1/jobs");
    const { eventsAfter } = page as { eventsAfter: number };
    expect(await (await open(`?after=${eventsAfter}`)).position()).toBe("3");
    expect(await (await open("?after=2")).take(1)).toMatchObject([{ seq: 3 }]);
    // Of one job all are there, or the job is not.
    expect(await (await open("?job=2&after=1")).take(1)).toMatchObject([{ seq: 2 }]);
  });

  it("says to a browser that connects again what is gone, and continues with what is left", async () => {
    server.supervisor.pruned = 2;
    const answer = await server.open("GET", "/api/v1/events", undefined, { "Last-Event-ID": "1" });
    answer.setEncoding("utf8");
    let text = "";
    for await (const part of answer) {
      text += String(part);
      if (text.includes('"seq":3')) break;
    }
    expect(text).toContain('event: gone\ndata: {"after":1,"until":2}\n\n');
    expect(text.indexOf("event: gone")).toBeLessThan(text.indexOf('"seq":2'));
  });

  it("starts at the end for a position from a later life of the store", async () => {
    const reader = await open("?after=1000");
    expect(await reader.position()).toBe("3");
    server.supervisor.emit(1, "adopted");
    expect(await reader.take(1)).toMatchObject([{ seq: 4 }]);
  });

  it("shows every 15 s that it is alive", async () => {
    const reader = await open();
    await reader.position();
    clock.advance(14_999);
    expect(reader.comments).toBe(0);
    clock.advance(1);
    await reader.comment();
    clock.advance(15_000);
    await reader.comment();
    expect(reader.comments).toBe(2);
  });

  it("leaves nothing behind when its reader goes", async () => {
    const counted = server.supervisor.listeners;
    const reader = await open();
    await reader.position();
    expect(server.supervisor.listeners).toBe(counted + 1);
    reader.close();
    await eventually(() => server.supervisor.listeners === counted);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("joining replay and live", () => {
  it("loses and doubles nothing while events are written all along", async () => {
    for (let count = 0; count < 1200; count += 1) server.supervisor.emit(1, "adopted");
    const reader = await open("?after=0");
    const seen: number[] = [];
    while (seen.length < 3000) {
      for (const { seq } of await reader.take(1)) if (seq !== null) seen.push(seq);
      if (server.supervisor.stored.length < 3000) server.supervisor.emit(2, "adopted");
    }
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1));
  });

  it("continues by Last-Event-ID over connections that break anywhere", async () => {
    const seen: number[] = [];
    let lastId = "0";
    for (let round = 0; round < 20; round += 1) {
      const reader = await open("", { "Last-Event-ID": lastId });
      for (let count = 0; count < 7; count += 1) server.supervisor.emit(3, "adopted");
      for (const { seq } of await reader.take(1 + (round % 5))) seen.push(seq ?? -1);
      for (const { seq } of reader.parsed()) seen.push(seq ?? -1);
      lastId = reader.lastId;
      reader.close();
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => index + 1));
  });
});

describe("a reader that is slow", () => {
  const flood = (count: number) => {
    const message = "x".repeat(1000);
    for (let sent = 0; sent < count; sent += 1) server.supervisor.emit(1, "swept", { message });
  };

  it("gets everything in the end, from the store", async () => {
    const reader = await open();
    await reader.position();
    flood(5000); // far more than is queued for a reader
    const events = await reader.take(5000);
    expect(events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 5000 }, (_, index) => index + 4),
    );
  });

  it("is cut off after 30 s without reading, and can come back", async () => {
    const reader = await open();
    await reader.position();
    const counted = server.supervisor.listeners;
    flood(5000);
    await eventually(() => clock.pendingTimers === 2); // the heartbeat's and the write's
    clock.advance(30_000);
    await eventually(() => server.supervisor.listeners === counted - 1);
    const seen = await reader.untilBroken();
    const again = await open("", { "Last-Event-ID": reader.lastId });
    seen.push(...(await again.take(5000 - seen.length)));
    expect(seen.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 5000 }, (_, index) => index + 4),
    );
  });
});

/** Reads server-sent events one by one. */
class EventReader {
  lastId = "";
  comments = 0;
  readonly #answer: IncomingMessage;
  readonly #parts: AsyncIterator<string>;
  readonly #events: JobEvent[] = [];
  readonly #parser = createParser({
    onId: (id) => {
      this.lastId = id;
    },
    onEvent: ({ data }) => this.#events.push(JSON.parse(data) as JobEvent),
    onComment: () => {
      this.comments += 1;
    },
  });

  constructor(answer: IncomingMessage) {
    this.#answer = answer;
    this.#parts = answer.setEncoding("utf8")[Symbol.asyncIterator]();
  }

  async position(): Promise<string> {
    while (this.lastId === "") await this.#more();
    return this.lastId;
  }

  async comment(): Promise<void> {
    const before = this.comments;
    while (this.comments === before) await this.#more();
  }

  async take(count: number): Promise<JobEvent[]> {
    while (this.#events.length < count) await this.#more();
    return this.#events.splice(0, count);
  }

  /** What has come and was not taken: the position is after it. */
  parsed(): JobEvent[] {
    return this.#events.splice(0);
  }

  async untilBroken(): Promise<JobEvent[]> {
    try {
      for (;;) await this.#more();
    } catch {
      return this.parsed();
    }
  }

  close(): void {
    this.#answer.destroy();
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#parts.next();
    if (done === true) throw new Error("the stream ended");
    this.#parser.feed(value);
  }
}
