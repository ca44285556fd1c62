import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hintOf, problems, type ProblemCode } from "../contract/problems.ts";
import { problem } from "../contract/server.ts";
import { TestServer } from "./test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.stop());

const fails = (error: object) =>
  server.supervisor.defects.set("show", Object.assign(new Error("it broke"), error));

describe("a refusal", () => {
  it.each(Object.keys(problems) as ProblemCode[])("%s arrives as a problem", async (code) => {
    const refusal = { code, details: { id: 1, state: "running" } };
    server.supervisor.refusals.set("show", refusal);
    const { status, headers, json } = await server.ask("GET", "/api/v1/jobs/1");
    expect(status).toBe(problems[code].status);
    expect(headers["content-type"]).toBe("application/problem+json");
    expect(problem.parse(json)).toEqual({
      type: `urn:holdfast:problem:${code}`,
      title: problems[code].title,
      status,
      detail: `${problems[code].title}. ${hintOf(refusal)}`,
      code,
      hint: hintOf(refusal),
      details: refusal.details,
    });
  });
});

describe("an unforeseen failure", () => {
  it("is internal, with a reference that is in the log beside the error", async () => {
    fails({});
    const { status, json } = await server.ask("GET", "/api/v1/jobs/1");
    expect(status).toBe(500);
    const { code, details } = json as { code: string; details: { reference: string } };
    expect(code).toBe("internal");
    expect(JSON.stringify(json)).not.toContain("it broke");
    expect(server.logged.find((line) => line.includes(details.reference))).toContain("it broke");
  });

  it.each([
    [{ code: "ENOSPC" }, "storage_full"],
    [{ code: "EDQUOT" }, "storage_full"],
    [{ code: "ERR_SQLITE_ERROR", errcode: 13 }, "storage_full"],
    [{ code: "EIO" }, "storage_failed"],
    [{ code: "EROFS" }, "storage_failed"],
    [{ code: "ERR_SQLITE_ERROR", errcode: 4874 }, "storage_failed"], // SQLITE_IOERR_SHMSIZE
    [{ code: "ERR_SQLITE_ERROR", errcode: 19 }, "internal"], // SQLITE_CONSTRAINT
  ])("%o is %s", async (error, code) => {
    fails(error);
    const { json } = await server.ask("GET", "/api/v1/jobs/1");
    expect(json).toMatchObject({ code });
  });
});

describe("an address that is not there", () => {
  it.each([
    ["GET", "/"],
    ["GET", "/api/v1/nothing"],
    ["GET", "/api/v2/jobs"],
    ["PUT", "/api/v1/jobs"],
    ["GET", "/api/v1/jobs/1/cancel"],
    ["GET", "/api/v1/jobs/1/../../../../etc/passwd"],
  ])("%s %s is no_such_route", async (method, path) => {
    const { status, json } = await server.ask(method, path);
    expect(status).toBe(404);
    expect(json).toMatchObject({ code: "no_such_route" });
  });
});

describe("a request that does not fit", () => {
  const where = async (path: string, body?: object) => {
    const { status, json } = await server.ask(body === undefined ? "GET" : "POST", path, body);
    expect(status).toBe(400);
    const { code, details } = json as { code: string; details: { where: string; what: string } };
    expect(code).toBe("invalid_request");
    return `${details.where}: ${details.what}`;
  };
  const jobs = "/api/v1/jobs";

  it("names the place and what belongs there", async () => {
    expect(await where(jobs, {})).toMatch(/^body: command: .*expected array/);
    expect(await where(jobs, { command: [], cwd: "/" })).toBe("body: command: at least 1 entry");
    expect(await where(jobs, { command: ["a", 1], cwd: "/" })).toMatch(
      /^body: command\.1: .*expected string/,
    );
    expect(await where(jobs, { command: ["a"], cwd: "here" })).toBe(
      "body: cwd: must be an absolute path",
    );
    expect(await where(jobs, { command: ["a\0b"], cwd: "/" })).toBe(
      "body: command.0: must not contain a NUL byte",
    );
    expect(await where(jobs, { command: ["a"], cwd: "/", colour: 1 })).toBe(
      "body: unknown property colour",
    );
    expect(await where(jobs, [])).toMatch(/^body: .*expected object/);
    expect(await where(`${jobs}/1/cancel`, { graceMs: -1 })).toBe("body: graceMs: at least 0");
    const long = { command: ["a"], cwd: "/", name: "x".repeat(201) };
    expect(await where(jobs, long)).toBe("body: name: at most 200 characters");
    expect(await where(jobs, { ...long, name: "x", nice: 20 })).toBe("body: nice: at most 19");
    expect(await where(`${jobs}/one`)).toBe("id: a job's number, such as 42");
    expect(await where(`${jobs}/0`)).toMatch(/^id: /);
    expect(await where(`${jobs}/1/output?offset=1&lines=1`)).toMatch(/^offset: /);
    expect(await where(`${jobs}/1/output?follow=yes`)).toMatch(/^follow: /);
    expect(await where(`/api/v1/events?after=x`)).toBe("after: an event's seq");
  });
});
