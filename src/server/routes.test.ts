import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestServer } from "./test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const request = { command: ["true"], cwd: "/" };
const jobs = "/api/v1/jobs";

describe("submitting", () => {
  it("answers 201 with the job, defaults filled in", async () => {
    const { status, json } = await server.ask("POST", jobs, { ...request, env: { A: "1" } });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      id: 1,
      state: "queued",
      spec: { command: ["true"], envNames: ["A"], stopSignal: "TERM", priority: 0 },
    });
  });

  it("answers 200 with the same job when its Idempotency-Key comes again", async () => {
    const headers = { "Idempotency-Key": "k1" };
    expect((await server.ask("POST", jobs, request, headers)).status).toBe(201);
    const again = await server.ask("POST", jobs, request, headers);
    expect(again).toMatchObject({ status: 200, json: { id: 1 } });
    expect(server.supervisor.calls.map(([, , key]) => key)).toEqual(["k1", "k1"]);
  });

  it("takes a body whose length is not announced", async () => {
    const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
    const answer = await server.ask("POST", jobs, JSON.stringify(request), headers);
    expect(answer.status).toBe(201);
  });
});

describe("listing", () => {
  const queryOf = async (query: string) => {
    const { status } = await server.ask("GET", `${jobs}${query}`);
    expect(status).toBe(200);
    return server.supervisor.queries.at(-1);
  };

  it("asks for 100 jobs of every state where nothing is said", async () => {
    expect(await queryOf("")).toEqual({
      states: [],
      tag: null,
      name: null,
      select: null,
      limit: 100,
      cursor: null,
    });
  });

  it("takes states repeated and with commas alike", async () => {
    expect(await queryOf("?state=queued&state=held,running")).toMatchObject({
      states: ["queued", "held", "running"],
    });
    expect(await queryOf("?state=queued,held")).toMatchObject({ states: ["queued", "held"] });
  });

  it("passes every filter on", async () => {
    expect(await queryOf("?tag=night&name=fit%20a&select=%40~1&limit=500&cursor=abc")).toEqual({
      states: [],
      tag: "night",
      name: "fit a",
      select: "@~1",
      limit: 500,
      cursor: "abc",
    });
  });

  it.each(["limit=0", "limit=501", "limit=ten", "limit=-1", "state=gone", "state="])(
    "refuses %s",
    async (query) => {
      const { status, json } = await server.ask("GET", `${jobs}?${query}`);
      expect(status).toBe(400);
      expect(json).toMatchObject({ code: "invalid_request" });
    },
  );
});

describe("one job", () => {
  beforeEach(() => server.ask("POST", jobs, request));

  it("is shown", async () => {
    expect(await server.ask("GET", `${jobs}/1`)).toMatchObject({ status: 200, json: { id: 1 } });
  });

  it("is removed with 204 and no body", async () => {
    const { status, bytes } = await server.ask("DELETE", `${jobs}/1`);
    expect([status, bytes.length]).toEqual([204, 0]);
    expect((await server.ask("GET", `${jobs}/1`)).status).toBe(404);
  });

  it.each([
    ["cancel", 202],
    ["kill", 202],
    ["hold", 200],
    ["release", 200],
    ["pause", 200],
    ["resume", 200],
    ["retry", 201],
  ])("%s answers %i and reaches the supervisor", async (verb, status) => {
    const answer = await server.ask("POST", `${jobs}/1/${verb}`);
    expect(answer).toMatchObject({ status, json: { id: 1 } });
    expect(server.supervisor.calls.at(-1)?.slice(0, 2)).toEqual([verb, 1]);
  });

  it("cancels with the grace period of the request, or the job's own", async () => {
    await server.ask("POST", `${jobs}/1/cancel`, { graceMs: 500 });
    await server.ask("POST", `${jobs}/1/cancel`, {});
    await server.ask("POST", `${jobs}/1/cancel`);
    expect(server.supervisor.calls.slice(-3)).toEqual([
      ["cancel", 1, 500],
      ["cancel", 1, null],
      ["cancel", 1, null],
    ]);
  });

  it("cancels and kills it only in the states that the request names", async () => {
    await server.ask("POST", `${jobs}/1/cancel`, { graceMs: 500, onlyIn: ["queued"] });
    await server.ask("POST", `${jobs}/1/kill`, { onlyIn: ["queued", "held"] });
    expect(server.supervisor.calls.slice(-2)).toEqual([
      ["cancel", 1, 500, ["queued"]],
      ["kill", 1, ["queued", "held"]],
    ]);
    const { status } = await server.ask("POST", `${jobs}/1/kill`, { onlyIn: ["sleeping"] });
    expect(status).toBe(400);
  });

  it("shows its timeline page by page", async () => {
    server.supervisor.move(1, "starting");
    server.supervisor.move(1, "running");
    const first = await server.ask("GET", `${jobs}/1/events?limit=2`);
    expect(first.json).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }], nextAfter: 2 });
    const second = await server.ask("GET", `${jobs}/1/events?limit=2&after=2`);
    expect(second.json).toMatchObject({ events: [{ seq: 3 }], nextAfter: null });
  });

  it("has no receipt before it has ended", async () => {
    const { status, json } = await server.ask("GET", `${jobs}/1/receipt`);
    expect(status).toBe(404);
    expect(json).toMatchObject({ code: "no_receipt" });
  });
});

describe("the server itself", () => {
  it("reports its health, also while it recovers", async () => {
    server.supervisor.status = "recovering";
    const { status, json } = await server.ask("GET", "/api/v1/health");
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: "recovering", pid: process.pid });
  });

  it("reports its versions", async () => {
    const { json } = await server.ask("GET", "/api/v1/version");
    expect(json).toEqual({
      version: "0.0.0-test",
      api: "v1",
      keeperProtocol: 1,
      node: process.version,
    });
  });

  it("describes itself in OpenAPI 3.1", async () => {
    const { status, json } = await server.ask("GET", "/openapi.json");
    expect(status).toBe(200);
    expect(json).toMatchObject({ openapi: "3.1.0", info: { version: "0.0.0-test" } });
  });

  it("answers HEAD like GET without the body", async () => {
    const { status, bytes } = await server.ask("HEAD", "/api/v1/health");
    expect([status, bytes.length]).toEqual([200, 0]);
  });
});
