import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { statusDatabase } from "../../contract/status-database.ts";
import { askDatabase, describeDatabase, statusesOf } from "./ask-database.ts";
import { publicUrl, withoutSecrets } from "./secrets.ts";

const ended = new Set(["finished", "3"]);

it("a job has ended only if each of its rows has", () => {
  const rows = [
    ["1", "finished"],
    ["2", "running"],
    ["3", null],
    ["4", "finished"],
    ["4", "running"],
    ["5", "running"],
    ["5", "finished"],
    ["6", "3"],
    ["7", "Finished"],
  ] as const;
  expect([...statusesOf(rows, ended)]).toEqual([
    ["1", "ended"],
    ["2", "running"],
    ["3", "running"],
    ["4", "running"],
    ["5", "running"],
    ["6", "ended"],
    ["7", "running"],
  ]);
});

const url = "postgres://ada:p%40ss%2Fw@db:5432/farm?sslmode=disable&password=other";

it.each([
  [`Invalid URL: ${url}`, "Invalid URL: ..."],
  ["no login with p@ss/w", "no login with ..."],
  ["no login with p%40ss%2Fw or other", "no login with ... or ..."],
])("%j is shown without the password", (text, shown) => {
  expect(withoutSecrets(text, url)).toBe(shown);
});

it("a place is shown without the password", () => {
  expect(publicUrl(url)).toBe("postgres://ada@db:5432/farm");
  expect(publicUrl("postgres://ada@/farm?host=/run/pg")).toContain("...");
  expect(publicUrl("postgres:///farm?host=/run/pg&password=x")).toBe(
    "postgres:///farm?host=/run/pg",
  );
});

const section = { table: "jobs", ended: ["finished"], environment: "FARM_JOB" };

it("a missing URL is a problem that names where it was searched", async () => {
  const of = (place: object) => statusDatabase.parse({ ...section, ...place });
  const ask = async (place: object, env: NodeJS.ProcessEnv) =>
    (await askDatabase(of(place), ["1"], { program: "/nowhere", env })).problem;
  expect(await ask({ postgres: "env:FARM_URL" }, {})).toBe(
    "the server's environment has no FARM_URL",
  );
  expect(await ask({ postgres: "env:FARM_URL" }, { FARM_URL: "secret" })).toBe(
    "env:FARM_URL has no URL: write postgres://USER@HOST/DATABASE",
  );
  expect(await ask({ postgres_file: "/nowhere/url" }, {})).toContain("/nowhere/url");
  expect(describeDatabase(of({ postgres: "env:FARM_URL" }), { FARM_URL: url })).toBe(
    "postgres://ada@db:5432/farm (from env:FARM_URL), table jobs",
  );
});

it("a URL's file that is a FIFO is a problem, and is not waited for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-url-"));
  try {
    const file = join(folder, "url");
    execFileSync("mkfifo", [file]);
    const database = statusDatabase.parse({ ...section, postgres_file: file });
    const { problem } = await askDatabase(database, ["1"], { program: "/nowhere" });
    expect(problem).toBe(`${file} is not a regular file`);
    expect(describeDatabase(database, {})).toBe(`PostgreSQL (from ${file}), table jobs`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
