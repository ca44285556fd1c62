import { createParser } from "eventsource-parser";
import { appendFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { TestServer } from "./test-server.ts";

let server: TestServer;
let clock: FakeClock;
beforeEach(async () => {
  clock = new FakeClock();
  server = await TestServer.start({ clock });
});
afterEach(() => server.stop());

interface Shown {
  id?: string | undefined;
  event?: string | undefined;
  data: string;
}

const open = (id: number, query = "", headers: Record<string, string> = {}) =>
  server.open("GET", `/api/v1/jobs/${id}/output/stream${query}`, undefined, headers);

async function* framesOf(answer: IncomingMessage): AsyncGenerator<Shown> {
  let shown: Shown[] = [];
  const parser = createParser({ onEvent: (event) => shown.push(event) });
  for await (const part of answer.setEncoding("utf8")) {
    parser.feed(part as string);
    yield* shown;
    shown = [];
  }
}

it("gives chunks with the offset after each as id, then the end", async () => {
  const { id, path } = await server.runningJob(Buffer.from([0x61, 0xff, 0x00]));
  const frames = framesOf(await open(id));
  expect((await frames.next()).value).toMatchObject({
    id: "3",
    event: "output",
    data: '{"offset":0,"base64":"Yf8A"}',
  });
  appendFileSync(path, "b");
  server.supervisor.move(id, "succeeded");
  expect((await frames.next()).value).toMatchObject({
    id: "4",
    data: '{"offset":3,"base64":"Yg=="}',
  });
  expect((await frames.next()).value).toMatchObject({ event: "end", data: '{"offset":4}' });
  expect((await frames.next()).done).toBe(true);
});

it("resumes after Last-Event-ID, whatever the query says", async () => {
  const { id } = await server.runningJob("abcdef");
  const frames = framesOf(await open(id, "?lines=0", { "Last-Event-ID": "4" }));
  expect((await frames.next()).value).toMatchObject({ data: '{"offset":4,"base64":"ZWY="}' });
  server.supervisor.move(id, "succeeded");
  expect((await frames.next()).value).toMatchObject({ event: "end" });
});

it("cuts a large log into chunks of 64 KiB", async () => {
  const { id } = await server.runningJob(Buffer.alloc(150_000, "x"));
  server.supervisor.move(id, "succeeded");
  const ids: (string | undefined)[] = [];
  for await (const frame of framesOf(await open(id))) ids.push(frame.id);
  expect(ids).toEqual(["65536", "131072", "150000", "150000"]);
});

it("shows every 15 s that it is alive", async () => {
  const { id } = await server.runningJob();
  const answer = await open(id);
  const parts = answer.setEncoding("utf8")[Symbol.asyncIterator]();
  expect((await parts.next()).value).toBe("id: 0\n\n");
  clock.advance(15_000);
  expect((await parts.next()).value).toBe(":\n\n");
  answer.destroy();
});
