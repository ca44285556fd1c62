import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { BrokenPipe, OutputFailure, streamSink } from "./sink.ts";

function failing(code: string): NodeJS.WriteStream {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
  });
  return Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream;
}

it.each(["EPIPE", "EIO"])("distinguishes a closed output (%s) from a failure", async (code) => {
  const sink = streamSink(failing(code));
  await expect(sink.write("x")).rejects.toThrow(BrokenPipe);
  await expect(sink.write("y")).rejects.toThrow(BrokenPipe);
});

it("a full disk behind the redirection is a failure", async () => {
  await expect(streamSink(failing("ENOSPC")).write("x")).rejects.toThrow(OutputFailure);
});

it("knows no size where there is no terminal", () => {
  const sink = streamSink(failing("EPIPE"));
  expect([sink.isTerminal, sink.columns(), sink.rows()]).toEqual([false, null, null]);
});

it("takes 80 columns and 24 rows where the terminal says that it has none", () => {
  const stream = Object.assign(failing("EPIPE"), { isTTY: true, columns: 0, rows: 0 });
  const sink = streamSink(stream);
  expect([sink.columns(), sink.rows()]).toEqual([80, 24]);
});
