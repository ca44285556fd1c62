import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { readdirSync, readlinkSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accept, refuse } from "../contract/problems.ts";
import { eventually } from "../system/eventually.ts";
import { FakeClock } from "../system/fake-clock.ts";
import type { OutputStream, WhichAttempt } from "../supervisor/supervisor.ts";
import { TestServer } from "./test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const follow = (id: number, query = "") =>
  server.open("GET", `/api/v1/jobs/${id}/output?follow=true${query}`);

describe("following a log", () => {
  it("gives what is there, what comes, and ends with the job", async () => {
    const { id, path } = await server.runningJob("one\n");
    const reader = new Reader(await follow(id));
    await reader.until("one\n");
    appendFileSync(path, "two\n");
    await reader.until("one\ntwo\n");
    appendFileSync(path, "three\n");
    server.supervisor.move(id, "succeeded");
    expect(await reader.rest()).toBe("one\ntwo\nthree\n");
    expect(server.supervisor.listeners).toBe(1); // the counter of ended jobs
  });

  it("waits for a job that has not started", async () => {
    const { id, path } = await server.runningJob();
    rmSync(path);
    server.supervisor.move(id, "queued");
    const reader = new Reader(await follow(id));
    writeFileSync(path, "at last");
    server.supervisor.move(id, "running");
    await reader.until("at last");
    server.supervisor.move(id, "failed");
    expect(await reader.rest()).toBe("at last");
  });

  it("ends for a job that is cancelled before it starts", async () => {
    const { id, path } = await server.runningJob();
    rmSync(path);
    server.supervisor.move(id, "queued");
    const reader = new Reader(await follow(id));
    server.supervisor.move(id, "cancelled");
    expect(await reader.rest()).toBe("");
  });

  it("starts where it is asked to, and stops at its limit", async () => {
    const { id, path } = await server.runningJob("0123456789");
    const reader = new Reader(await follow(id, "&offset=-3&limit=5"));
    await reader.until("789");
    appendFileSync(path, "abcdef");
    expect(await reader.rest()).toBe("789ab");
  });

  it("keeps every byte", async () => {
    const bytes = Buffer.from([0, 0xff, 0xc3, 0x28, 0x1b, 0x5b, 0x0a, 0x80]);
    const { id, path } = await server.runningJob(bytes);
    const reader = new Reader(await follow(id));
    await reader.until(bytes.toString("latin1"));
    appendFileSync(path, bytes);
    server.supervisor.move(id, "succeeded");
    expect(await reader.rest()).toBe(Buffer.concat([bytes, bytes]).toString("latin1"));
  });

  it("reads on after the attempt's folder was removed", async () => {
    const { id, path } = await server.runningJob();
    const own = join(server.folder, "attempt/output.log");
    mkdirSync(dirname(own));
    renameSync(path, own);
    server.supervisor.logs.set(id, { path: own, complete: false });
    const reader = new Reader(await follow(id));
    appendFileSync(own, "first");
    await reader.until("first");
    appendFileSync(own, " and last");
    rmSync(dirname(own), { recursive: true });
    server.supervisor.jobs.delete(id);
    server.supervisor.logs.delete(id);
    server.supervisor.emit(id, "removed");
    expect(await reader.rest()).toBe("first and last");
  });

  it("breaks off when the log is cut short, rather than to show another place", async () => {
    const { id, path } = await server.runningJob("long enough");
    const reader = new Reader(await follow(id));
    await reader.until("long enough");
    truncateSync(path, 2);
    await expect(reader.rest()).rejects.toThrow(/aborted/);
  });

  it("continues with the next attempt's log", async () => {
    const { id } = await server.runningJob("first;");
    const reader = new Reader(await follow(id));
    await reader.until("first;");
    const second = join(server.folder, "second.log");
    writeFileSync(second, "second;");
    server.supervisor.logs.set(id, { path: second, complete: false });
    server.supervisor.move(id, "queued");
    await reader.until("first;second;");
    server.supervisor.move(id, "succeeded");
    expect(await reader.rest()).toBe("first;second;");
  });

  it("continues through attempts that came and went, and is resumed by its own count of bytes", async () => {
    const { id } = await server.runningJob("one;");
    const logs = ["one;", "two;", "three;"].map((text, index) => {
      const path = join(server.folder, `${index}.log`);
      writeFileSync(path, text);
      const attempt = index + 1;
      return { path, complete: true, attempt, next: attempt < 3 ? attempt + 1 : null, over: true };
    });
    server.supervisor.output = async (
      _id: number,
      _stream?: OutputStream,
      which: WhichAttempt = null,
    ) => {
      const number = which === null ? 3 : "exactly" in which ? which.exactly : which.atLeast;
      const log = logs[Math.max(1, number) - 1];
      if (log === undefined) throw new Error(`no attempt ${number}`);
      return { ok: true, value: log };
    };
    const read = async (query: string) =>
      new Reader(await server.open("GET", `/api/v1/jobs/${id}/output?follow=true&${query}`)).rest();
    expect(await read("")).toBe("three;");
    expect(await read("attempt=1")).toBe("one;");
    expect(await read("fromAttempt=0")).toBe("one;two;three;");
    expect(await read("fromAttempt=2")).toBe("two;three;");
    for (const [offset, rest] of [
      [2, "e;two;three;"],
      [4, "two;three;"],
      [9, "hree;"],
    ] as const)
      expect(await read(`fromAttempt=1&offset=${offset}`)).toBe(rest);
    const events = await new Reader(
      await server.open("GET", `/api/v1/jobs/${id}/output/stream?fromAttempt=1`, undefined, {
        "last-event-id": "6",
      }),
    ).rest();
    const ids = [...events.matchAll(/^id: (\d+)/gm)].map(([, number]) => Number(number));
    expect(ids).toEqual([6, 8, 14, 14]);
    expect(
      (await server.ask("GET", `/api/v1/jobs/${id}/output?fromAttempt=1&attempt=1`)).status,
    ).toBe(400);
  });

  it("waits for the next attempt where the one it followed turns out never to have been claimed", async () => {
    const { id } = await server.runningJob();
    const second = join(server.folder, "second.log");
    const attempts = [{ number: 1, path: join(server.folder, "first.log"), complete: false }];
    server.supervisor.output = async (
      _id: number,
      _stream?: OutputStream,
      which: WhichAttempt = null,
    ) => {
      const one =
        which === null
          ? attempts.at(-1)
          : attempts.find(({ number }) =>
              "exactly" in which ? number === which.exactly : number >= which.atLeast,
            );
      if (one !== undefined)
        return accept({ ...one, attempt: one.number, next: null, over: one.complete });
      return which !== null && "exactly" in which
        ? refuse("no_such_attempt", { id, attempt: which.exactly, count: attempts.length })
        : accept({ path: "", complete: false, attempt: null, next: null, over: false });
    };
    const reader = new Reader(await follow(id));
    attempts.length = 0;
    server.supervisor.move(id, "queued");
    writeFileSync(second, "ready\n");
    attempts.push({ number: 2, path: second, complete: false });
    server.supervisor.move(id, "running");
    await reader.until("ready\n");
    attempts[0] = { number: 2, path: second, complete: true };
    server.supervisor.move(id, "succeeded");
    expect(await reader.rest()).toBe("ready\n");
  });

  it("breaks off when the server closes: there is more to come", async () => {
    const { id } = await server.runningJob("x");
    const reader = new Reader(await follow(id));
    await reader.until("x");
    await server.close();
    await expect(reader.rest()).rejects.toThrow(/aborted/);
    await server.restart();
  });
});

describe("a thousand followers", () => {
  it("get every byte, over one descriptor and one watch", async () => {
    const { id, path } = await server.runningJob("start\n");
    const answers = await Promise.all(Array.from({ length: 1000 }, () => follow(id)));
    const readers = answers.map((answer) => new Reader(answer));
    await Promise.all(readers.map((reader) => reader.until("start\n")));
    expect(descriptorsOf(path)).toBe(1);
    const more = "0123456789\n".repeat(20_000);
    appendFileSync(path, more);
    server.supervisor.move(id, "succeeded");
    const texts = await Promise.all(readers.map((reader) => reader.rest()));
    expect(texts.every((text) => text === `start\n${more}`)).toBe(true);
    await released(path);
    expect(server.supervisor.listeners).toBe(1);
  });
});

describe("a follower that stops reading", () => {
  it("delays no other follower, and is cut off after 30 s", async () => {
    await server.stop();
    const clock = new FakeClock();
    server = await TestServer.start({ clock });
    const { id, path } = await server.runningJob(Buffer.alloc(8 * 1024 * 1024));
    const stuck = await follow(id); // takes its head and nothing else
    const reader = new Reader(await follow(id));
    server.supervisor.move(id, "succeeded");
    expect((await reader.rest()).length).toBe(8 * 1024 * 1024);
    const closed = Promise.withResolvers<void>();
    stuck.on("error", () => closed.resolve());
    clock.advance(29_999);
    expect(descriptorsOf(path)).toBe(1);
    clock.advance(1);
    stuck.resume();
    await closed.promise;
    await released(path);
  });
});

/** Reads an answer piece by piece. */
class Reader {
  readonly #parts: AsyncIterator<Buffer>;
  #text = "";

  constructor(answer: IncomingMessage) {
    this.#parts = answer[Symbol.asyncIterator]();
  }

  /** Until this text has come; throws when something else comes. */
  async until(text: string): Promise<void> {
    while (this.#text.length < text.length) {
      const { done, value } = await this.#parts.next();
      if (done === true) break;
      this.#text += value.toString("latin1");
    }
    if (this.#text !== text) throw new Error(`${JSON.stringify(this.#text)} came`);
  }

  async rest(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#parts.next();
      if (done === true) return this.#text;
      this.#text += value.toString("latin1");
    }
  }
}

function descriptorsOf(path: string): number {
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // the descriptor that read the folder
    }
  });
  return targets.filter((target) => target.startsWith(path)).length;
}

/** The last follower gives the file back a moment after its reader has the last byte. */
function released(path: string): Promise<void> {
  return eventually(() => descriptorsOf(path) === 0);
}
