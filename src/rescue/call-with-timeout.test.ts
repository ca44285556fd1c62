import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RefusalError } from "../contract/problems.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { callWithTimeout } from "./call-with-timeout.ts";

let folder: string;
let socket: string;
let server: Server;
let clock: FakeClock;
let work: number;
let said: string[];
let asked: PromiseWithResolvers<() => void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-timeout-"));
  socket = join(folder, "s");
  clock = new FakeClock();
  work = 0;
  said = [];
  asked = Promise.withResolvers();
  server = createServer((_request, answer) =>
    asked.resolve(() => answer.end(JSON.stringify({ version: "1" }))),
  );
  const listens = Promise.withResolvers<void>();
  server.listen(socket, () => listens.resolve());
  await listens.promise;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const ask = () => {
  const answer = callWithTimeout(
    { socket, clock, progress: () => work, onWaiting: (text) => said.push(text) },
    "showVersion",
    {},
  ).then(
    ({ value }) => value.version,
    (error: unknown) =>
      error instanceof RefusalError ? String(error.refusal.details?.["what"]) : error,
  );
  return answer;
};
const seconds = (count: number, works: boolean) => {
  for (let second = 0; second < count; second += 1) {
    if (works) work += 1;
    clock.advance(1000);
  }
};

it("waits for a server that works, and says what it waits for", async () => {
  const answer = ask();
  const send = await asked.promise;
  seconds(30, true);
  expect(said[0]).toBe("waiting for the server's answer, 5s so far (Ctrl+C gives up)");
  send();
  expect(await answer).toBe("1");
});

it("gives up on a server that does nothing for five seconds", async () => {
  const answer = ask();
  await asked.promise;
  seconds(4, false);
  seconds(1, true);
  seconds(5, false);
  expect(await answer).toBe("no answer in 5 s without any work");
});

it("gives up on a server that works for a minute without an answer", async () => {
  const answer = ask();
  await asked.promise;
  seconds(60, true);
  expect(await answer).toBe("no answer in 60 s, though it works");
});
