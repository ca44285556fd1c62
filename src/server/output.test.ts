import { appendFileSync, ftruncateSync, openSync, closeSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestServer } from "./test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const read = async (id: number, query = "") => {
  const answer = await server.ask("GET", `/api/v1/jobs/${id}/output${query}`);
  const { headers } = answer;
  return {
    status: answer.status,
    text: answer.bytes.toString("latin1"),
    offset: headers["holdfast-offset"],
    size: headers["holdfast-size"],
    complete: headers["holdfast-complete"],
    length: headers["content-length"],
    cut: headers["holdfast-cut"],
    code: (answer.json as { code?: string } | undefined)?.code,
  };
};

describe("the bytes of a log", () => {
  it("come whole, with where they are", async () => {
    const { id } = await server.runningJob("hello\n");
    expect(await read(id)).toEqual({
      status: 200,
      text: "hello\n",
      offset: "0",
      size: "6",
      complete: "false",
      length: "6",
      cut: "false",
      code: undefined,
    });
  });

  it("are what the job wrote, also where they are no text", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { id } = await server.runningJob(bytes);
    const answer = await server.ask("GET", `/api/v1/jobs/${id}/output`);
    expect(answer.bytes.equals(bytes)).toBe(true);
    expect(answer.headers["content-type"]).toBe("application/octet-stream");
  });

  it("of more than one buffer come whole", async () => {
    const { id } = await server.runningJob(Buffer.alloc(300_000, "ab"));
    expect((await read(id)).text).toBe("ab".repeat(150_000));
  });

  it.each([
    ["?offset=3", "defghij", "3"],
    ["?offset=3&limit=2", "de", "3"],
    ["?limit=4", "abcd", "0"],
    ["?limit=0", "abcdefghij", "0"],
    ["?offset=-4", "ghij", "6"],
    ["?offset=-4&limit=1", "g", "6"],
    ["?offset=-400", "abcdefghij", "0"],
    ["?offset=-0", "abcdefghij", "0"],
    ["?offset=10", "", "10"],
    ["?offset=11", "", "10"],
    ["?offset=999999999999999", "", "10"],
  ])("%s is %j", async (query, text, offset) => {
    const { id } = await server.runningJob("abcdefghij");
    expect(await read(id, query)).toMatchObject({ status: 200, text, offset, size: "10" });
  });

  it("are described by HEAD, also of a log that is followed", async () => {
    const { id } = await server.runningJob("abc");
    for (const query of ["", "?follow=true"]) {
      const answer = await server.ask("HEAD", `/api/v1/jobs/${id}/output${query}`);
      expect(answer.headers).toMatchObject({ "holdfast-size": "3", "holdfast-complete": "false" });
      expect(answer.bytes.length).toBe(0);
    }
  });

  it("are none while the job waits: its log is not there yet", async () => {
    const { id, path } = await server.runningJob();
    rmSync(path);
    expect(await read(id)).toMatchObject({ status: 200, text: "", size: "0", complete: "false" });
  });

  it("are refused where the job has ended without a log", async () => {
    const { id, path } = await server.runningJob();
    rmSync(path);
    server.supervisor.move(id, "cancelled");
    expect(await read(id)).toMatchObject({ status: 404, code: "no_output" });
    expect(await read(id, "?follow=true")).toMatchObject({ status: 404, code: "no_output" });
  });

  it("are complete when the job has ended", async () => {
    const { id } = await server.runningJob("x");
    server.supervisor.move(id, "succeeded");
    expect(await read(id)).toMatchObject({ complete: "true", text: "x" });
  });

  it("are not counted beyond the size that was promised when the log grows meanwhile", async () => {
    const { id, path } = await server.runningJob(Buffer.alloc(200_000, "a"));
    const answer = await server.open("GET", `/api/v1/jobs/${id}/output`);
    appendFileSync(path, "b".repeat(1000));
    let length = 0;
    for await (const part of answer) length += (part as Buffer).length;
    expect(length).toBe(200_000);
  });
});

describe("the last lines", () => {
  const lines = (text: string, count: number) => async () => {
    const { id } = await server.runningJob(text);
    return (await read(id, `?lines=${count}`)).text;
  };

  it.each([
    ["a\nb\nc\n", 1, "c\n"],
    ["a\nb\nc\n", 2, "b\nc\n"],
    ["a\nb\nc\n", 3, "a\nb\nc\n"],
    ["a\nb\nc\n", 99, "a\nb\nc\n"],
    ["a\nb\nc\n", 0, ""],
    ["a\nb\nc", 1, "c"],
    ["a\nb\n\n", 1, "\n"],
    ["\n\n\n", 2, "\n\n"],
    ["no line break", 5, "no line break"],
    ["", 5, ""],
  ])("of %j, %i of them, are %j", async (text, count, expected) => {
    expect(await lines(text, count)()).toBe(expected);
  });

  it("are found over the edges of buffers", async () => {
    const text = `${"x".repeat(65_535)}\n${"y".repeat(65_536)}\n${"z".repeat(65_535)}\n`;
    expect(await lines(text, 2)()).toBe(text.slice(65_536));
    expect(await lines(text, 3)()).toBe(text);
  });

  it("are looked for in the last 8 MiB only", async () => {
    const { id, path } = await server.runningJob("early\n");
    const file = openSync(path, "r+");
    ftruncateSync(file, 100 * 1024 * 1024); // a hole: no line break in all of it
    closeSync(file);
    const { offset, length, cut } = await read(id, "?lines=1&limit=1");
    expect(cut).toBe("true");
    expect([offset, length]).toEqual([String(92 * 1024 * 1024), "1"]);
  });
});

describe("what an output quota dropped", () => {
  const quotaBytes = 65_536;
  /** 1 MiB was dropped, then lines of "tail". */
  const punched = async () => {
    const spec = { outputQuotaBytes: quotaBytes };
    const { id, path } = await server.runningJob(Buffer.alloc(1_048_576, "early\n"), spec);
    punch(path, 1_048_576);
    appendFileSync(path, "tail\n".repeat(16_384));
    return { id, path };
  };
  const kept = "1048576";

  it.each([
    ["", kept, kept],
    ["?offset=1000000", kept, "48576"],
    ["?offset=1048576", kept, "0"],
    ["?offset=1048581", "1048581", "0"],
    ["?lines=3", "1130481", "0"],
    ["?lines=99999", kept, kept],
  ])("%s begins at %s, after %s bytes", async (query, offset, dropped) => {
    const { id } = await punched();
    const answer = await server.ask("GET", `/api/v1/jobs/${id}/output${query}`);
    expect(answer.headers).toMatchObject({
      "holdfast-offset": offset,
      "holdfast-dropped": dropped,
      "holdfast-cut": "false",
    });
    expect(answer.bytes.includes(0)).toBe(false);
  });

  it.each(["", "?follow=true"])(
    "sends a slow reader no zeros (%s): it asks again",
    async (query) => {
      const spec = { outputQuotaBytes: quotaBytes };
      const { id, path } = await server.runningJob(Buffer.alloc(64 * 1_048_576, "early\n"), spec);
      const answer = await server.open("GET", `/api/v1/jobs/${id}/output${query}`);
      const parts = answer.iterator() as AsyncIterator<Buffer>;
      await parts.next();
      punch(path, 64 * 1_048_576);
      appendFileSync(path, "tail\n".repeat(16_384));
      const rest = async () => {
        for (;;) {
          const part = await parts.next();
          if (part.done === true) return;
          expect(part.value.includes(0)).toBe(false);
        }
      };
      await expect(rest()).rejects.toThrow(/aborted/);
    },
  );
});

function punch(path: string, bytes: number): void {
  execFileSync("fallocate", ["--punch-hole", "--offset", "0", "--length", String(bytes), path]);
}

it("says so where a job is unknown", async () => {
  expect(await read(9)).toMatchObject({ status: 404, code: "no_such_job" });
  expect(await read(9, "/stream")).toMatchObject({ status: 404, code: "no_such_job" });
});

it("breaks the connection when a log becomes shorter than was promised", async () => {
  const { id, path } = await server.runningJob(Buffer.alloc(50_000_000));
  const answer = await server.open("GET", `/api/v1/jobs/${id}/output`);
  writeFileSync(path, "");
  const all = async () => {
    for await (const part of answer) void part;
  };
  await expect(all()).rejects.toThrow(/aborted/);
});
