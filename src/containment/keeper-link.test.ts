import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keeperStatus, type KeeperStatus } from "../contract/keeper.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { eventually } from "../system/eventually.ts";
import { KeeperLink } from "./keeper-link.ts";

const [example = ""] = readFileSync(
  new URL("../../native/keeper/examples/status.ndjson", import.meta.url),
  "utf8",
).split("\n");
const status = keeperStatus.parse(JSON.parse(example));
const nonce = "fedcba9876543210fedcba9876543210";

let folder: string;
let server: Server;
/** What the keeper at the other end got, line by line. */
let asked: string[];
let answer: (line: string, socket: Socket) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-link-"));
  asked = [];
  answer = () => undefined;
  server = createServer((socket) => {
    socket.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trimEnd().split("\n")) {
        asked.push(line);
        answer(line, socket);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(join(folder, "keeper.sock"), resolve);
  });
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function linked(statuses: KeeperStatus[]): Promise<KeeperLink> {
  const listener = {
    onStatus: (heard: KeeperStatus) => statuses.push(heard),
    onEnded: () => undefined,
    onClose: () => undefined,
  };
  const link = await KeeperLink.open(folder, nonce, new FakeClock(), listener);
  if (link === null) throw new Error("no keeper answers");
  return link;
}

it("reports the answer to its hello before a status that came with it", async () => {
  const later = { ...status, phase: "terminating" };
  answer = (_line, socket) =>
    void socket.write(`${JSON.stringify(status)}\n${JSON.stringify(later)}\n`);
  const statuses: KeeperStatus[] = [];
  const link = await linked(statuses);
  await eventually(() => statuses.length === 2);
  expect(statuses.map(({ phase }) => phase)).toEqual([status.phase, "terminating"]);
  link.close();
});

it("hears what a keeper reported before it left, whatever was being written to it", async () => {
  const exit: unknown = JSON.parse(
    readFileSync(new URL("../../native/keeper/examples/exit.json", import.meta.url), "utf8"),
  );
  const left = Promise.withResolvers<Socket>();
  answer = (_line, socket) => {
    socket.write(`${JSON.stringify(status)}\n`);
    left.resolve(socket);
  };
  const heard: string[] = [];
  const closed = Promise.withResolvers<void>();
  const link = await KeeperLink.open(folder, nonce, new FakeClock(), {
    onStatus: () => undefined,
    onEnded: ({ durable }) => heard.push(durable ? "ended, durable" : "ended"),
    onClose: () => closed.resolve(),
  });
  const keeper = await left.promise;
  keeper.write(`${JSON.stringify({ t: "ended", durable: true, exit })}\n`);
  keeper.destroy();
  // The kernel has the message, and refuses this with EPIPE.
  await Promise.all([link?.stop("cancel", 60_000), link?.stop("shutdown", 0)]);
  await closed.promise;
  expect(heard).toEqual(["ended, durable"]);
});

it("sends no further lease while a keeper that is stopped has not answered the last", async () => {
  answer = (line, socket) => {
    if (line.startsWith("hello")) socket.write(`${JSON.stringify(status)}\n`);
    if (line.startsWith("pause")) socket.write('{"t":"ok"}\n{"t":"ok"}\n');
  };
  const link = await linked([]);
  link.lease();
  link.lease();
  link.pause();
  await eventually(() => asked.includes("pause"));
  expect(asked.slice(1)).toEqual(["lease", "pause"]);
  await eventually(() => {
    link.lease();
    return asked.length > 3;
  });
  link.close();
});

it("does not report the end of a connection that it has not handed over", async () => {
  answer = (_line, socket) => void socket.end();
  let closes = 0;
  const listener = {
    onStatus: () => undefined,
    onEnded: () => undefined,
    onClose: () => (closes += 1),
  };
  expect(await KeeperLink.open(folder, nonce, new FakeClock(), listener)).toBeNull();
  expect(closes).toBe(0);
});
