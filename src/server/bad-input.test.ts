import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { largestBodyBytes } from "./body-limit.ts";
import { TestServer } from "./test-server.ts";

let server: TestServer;
afterEach(() => server.stop());

const jobs = "/api/v1/jobs";
const valid = '{"command":["true"],"cwd":"/"}';

describe("a body", () => {
  // With the default time limits: a busy machine needs a while for 4 MiB.
  beforeEach(async () => {
    server = await TestServer.start();
  });

  const codeOf = async (body: string | Uint8Array, headers?: Record<string, string>) => {
    const { status, json } = await server.ask("POST", jobs, body, headers);
    return [status, (json as { code?: string }).code, (json as { hint?: string }).hint];
  };

  it("has to be JSON", async () => {
    for (const body of ["", "{", "nonsense", '{"command":["true"],}', "\0"])
      expect(await codeOf(body)).toEqual([
        400,
        "invalid_request",
        expect.stringMatching(/the body: it is not JSON/),
      ]);
  });

  it("has to be UTF-8, or a command would quietly become another", async () => {
    const bytes = Buffer.concat([Buffer.from(valid.slice(0, -2)), Buffer.from([0xff, 0x22, 0x7d])]);
    expect(await codeOf(bytes)).toEqual([
      400,
      "invalid_request",
      expect.stringMatching(/not UTF-8/),
    ]);
  });

  it("that may be left out may be empty, whatever kind is said", async () => {
    const { json } = await server.ask("POST", jobs, valid);
    const path = `${jobs}/${(json as { id: number }).id}/cancel`;
    for (const headers of [{}, { "content-length": "0" }])
      expect((await server.ask("POST", path, "", headers)).status).toBe(202);
    expect((await server.ask("POST", path, '{"graceMs":5}')).status).toBe(202);
    expect(server.supervisor.calls.slice(-3)).toEqual([
      ["cancel", 1, null],
      ["cancel", 1, null],
      ["cancel", 1, 5],
    ]);
    expect((await server.ask("POST", path, "{")).status).toBe(400);
  });

  it("has no half of a surrogate pair in a command, which would quietly become another character", async () => {
    const [status, code, hint] = await codeOf('{"command":["echo","\\ud83d"],"cwd":"/"}');
    expect([status, code]).toEqual([400, "invalid_request"]);
    expect(hint).toMatch(/command\.1: has half of a surrogate pair/);
    expect((await codeOf('{"command":["echo","\\ud83d\\ude00"],"cwd":"/"}'))[0]).toBe(201);
  });

  it("has to say that it is JSON", async () => {
    const [status, code, hint] = await codeOf(valid, { "content-type": "text/plain" });
    expect([status, code]).toEqual([400, "invalid_request"]);
    expect(hint).toMatch(/application\/json/);
  });

  it("may be as large as the limit", async () => {
    const padded = valid + " ".repeat(largestBodyBytes - valid.length);
    expect((await server.ask("POST", jobs, padded)).status).toBe(201);
    expect((await codeOf(`${padded} `)).slice(0, 2)).toEqual([413, "body_too_large"]);
  });

  it("that announces 100 MB is refused before it is sent", async () => {
    const socket = await opened();
    socket.write(
      head("POST", jobs, { "content-length": 100e6, "content-type": "application/json" }),
    );
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large/);
    expect(server.supervisor.calls).toEqual([]);
  });

  it("that comes without end is refused at the limit, and the connection closed", async () => {
    const socket = await opened();
    const headers = { "transfer-encoding": "chunked", "content-type": "application/json" };
    socket.write(head("POST", jobs, headers));
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const feed = () => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on("drain", feed);
    feed();
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 413 [^]*body_too_large/);
  });
});

describe("a connection", () => {
  beforeEach(async () => {
    server = await TestServer.start({
      headersTimeoutMs: 50,
      requestTimeoutMs: 100,
      slowCheckMs: 10,
    });
  });

  it("that sends no Host gets an answer that says so", async () => {
    const socket = await opened();
    socket.write(`GET ${jobs} HTTP/1.1\r\nconnection: close\r\n\r\n`);
    expect(await untilClosed(socket)).toMatch(
      /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*the Host header/,
    );
  });

  it("of HTTP/1.0 needs none", async () => {
    const socket = await opened();
    socket.write(`GET ${jobs} HTTP/1.0\r\n\r\n`);
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("that does not speak HTTP gets an answer that says so and is closed", async () => {
    const socket = await opened();
    socket.write("\0\0 hello\r\n\r\n");
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 400 [^]*it is not HTTP/);
  });

  it("with a head of 20 KiB is refused", async () => {
    const socket = await opened();
    socket.write(head("GET", jobs, { "x-long": "x".repeat(20_000) }));
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 400 [^]*larger than 16 KiB/);
  });

  it("that never finishes its head is closed", async () => {
    const socket = await opened();
    socket.write("GET / HTTP/1.1\r\nhost: x\r\nx-slow: ");
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 400 [^]*did not come in time/);
  });

  it("that never finishes its body is closed", async () => {
    const socket = await opened();
    socket.write(head("POST", jobs, { "content-length": 100, "content-type": "application/json" }));
    socket.write("{");
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 400 [^]*did not come in time/);
  });

  it("that goes away half-way leaves a server that serves, and no complaint", async () => {
    const socket = await opened();
    socket.write(head("POST", jobs, { "content-length": 100, "content-type": "application/json" }));
    socket.write("{");
    socket.end();
    await untilClosed(socket);
    expect((await server.ask("POST", jobs, valid)).status).toBe(201);
    expect(server.logged).toEqual([]);
  });
});

function head(method: string, path: string, headers: Record<string, string | number>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, "host: holdfast", ...lines, "", ""].join("\r\n");
}

function opened(): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(server.connection.socket, () => resolve(socket));
  socket.once("error", reject);
  return promise;
}

function untilClosed(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  socket.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  socket.on("error", () => undefined); // the server stopped reading
  socket.on("close", () => resolve(text));
  return promise;
}
