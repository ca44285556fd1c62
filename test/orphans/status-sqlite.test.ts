import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { OrphanScan, OrphanStatusSources } from "../../src/client/client.ts";
import { runToEnd } from "../../src/system/child.ts";
import { PrivateServer } from "../harness/private-server.ts";
import { LeftBehind } from "./orphan.ts";
import { atOnce } from "./settings.ts";
import { ask, guideBlocks, program } from "./status-database.ts";

const user = 54_326;

describe("a database in SQLite", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hf-sqlite-"));
    path = join(folder, "jobs.db");
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });

  function make(sql: string): void {
    const made = new DatabaseSync(path);
    made.exec(sql);
    made.close();
  }
  const jobs = (type: string) =>
    `CREATE TABLE jobs (id ${type}, status TEXT); INSERT INTO jobs VALUES (41, 'finished'), (42, 'running')`;

  test.each(["INTEGER PRIMARY KEY", "TEXT", ""])(
    "is queried for all ids at once, whatever the type of the column: %j",
    async (type) => {
      make(jobs(type));
      const ids = ["41", "42", "43", "041", "x' OR '1'='1", "-1"];
      expect(await ask({ sqlite: path }, ids)).toMatchObject({
        problem: null,
        found: { 41: "ended", 42: "running" },
      });
      expect(readdirSync(folder)).toEqual(["jobs.db"]);
    },
  );

  test("may have any names, numbers as status and several rows for a job", async () => {
    make(`CREATE TABLE "a ""job""; DROP TABLE x" ("the id" TEXT, "st-1" INTEGER);
      INSERT INTO "a ""job""; DROP TABLE x" VALUES ('a', 3), ('b', 3), ('b', 1), ('c', 9007199254740993)`);
    const place = { sqlite: path, table: 'a "job"; DROP TABLE x', id_column: "the id" };
    const asked = { ...place, status_column: "st-1", ended: [3, "9007199254740993"] };
    expect((await ask(asked, ["a", "b", "c"])).found).toEqual({
      a: "ended",
      b: "running",
      c: "ended",
    });
  });

  test("with a write-ahead log is read including the log, and leaves no files beside it", async () => {
    make(`PRAGMA journal_mode = WAL; ${jobs("INTEGER")}`);
    expect((await ask({ sqlite: path }, ["41"])).found).toEqual({ 41: "ended" });
    expect(readdirSync(folder)).toEqual(["jobs.db"]);
    const writer = new DatabaseSync(path);
    writer.exec("UPDATE jobs SET status = 'finished' WHERE id = 42");
    writer.exec("BEGIN IMMEDIATE; UPDATE jobs SET status = 'running' WHERE id = 41");
    expect((await ask({ sqlite: path }, ["41", "42"])).found).toEqual({ 41: "ended", 42: "ended" });
    writer.close();
  });

  test("with a write-ahead log is read in a folder that is not writable", async () => {
    make(`PRAGMA journal_mode = WAL; ${jobs("INTEGER")}`);
    chmodSync(folder, 0o555);
    chmodSync(path, 0o444);
    const asOther = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
    const isRoot = process.getuid?.() === 0;
    const [first, ...rest] = [...(isRoot ? asOther : []), process.execPath, program];
    const question = {
      database: { kind: "sqlite", path },
      table: ["jobs"],
      idColumn: "id",
      statusColumn: "status",
      ids: ["41"],
      timeoutMs: 5000,
    };
    const { stdout } = await runToEnd(first, rest, { input: JSON.stringify(question) });
    expect(JSON.parse(stdout)).toEqual({ rows: [["41", "finished"]] });
  });

  test("that cannot be read gives the reason, and every job is unknown", async () => {
    make(jobs("INTEGER"));
    const problem = async (place: object) => {
      const { problem: text, statuses } = await ask({ sqlite: path, ...place }, ["41"]);
      expect(statuses.size).toBe(0);
      return text;
    };
    expect(await problem({ sqlite: join(folder, "none.db") })).toContain("no such file");
    expect(await problem({ sqlite: folder })).toContain("is not a file");
    expect(await problem({ table: "job" })).toContain("no such table: job");
    // Old SQLite treats a missing column as a string.
    expect(await problem({ status_column: "state" })).toContain("no such column");
    writeFileSync(join(folder, "text"), "x".repeat(4096));
    expect(await problem({ sqlite: join(folder, "text") })).toContain("not a database");
    const writer = new DatabaseSync(path);
    writer.exec("BEGIN EXCLUSIVE");
    expect(await problem({ timeout: "100ms" })).toContain("locked");
    writer.close();
  });
});

describe("the example of the guide for SQLite", () => {
  const holdfast = new PrivateServer(atOnce);
  const left = new LeftBehind();
  const path = join(holdfast.stateDir, "farm.sqlite");

  beforeAll(async () => {
    const made = new DatabaseSync(path);
    made.exec("CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT, submitted TEXT)");
    made.exec(
      "INSERT INTO jobs VALUES (41, 'finished', ''), (42, 'running', ''), (44, 'failed', '')",
    );
    made.close();
    const [byVariable = "", byArgument = ""] = guideBlocks("Ask a database");
    const config = join(holdfast.stateDir, "holdfast");
    mkdirSync(config);
    const text = `${byVariable}${byArgument}`.replace("/srv/farm/jobs.sqlite", path);
    writeFileSync(join(config, "config.toml"), text);
    await holdfast.up();
  });
  afterEach(() => left.end());
  afterAll(() => holdfast.remove());

  const scanOf = async () => {
    const { stdout } = await holdfast.run("orphans", "--rule", "farm", "--json");
    return JSON.parse(stdout) as OrphanScan;
  };
  const sources = async () => {
    const { code, stdout } = await holdfast.run("orphans", "status", "--json");
    return { code, ...(JSON.parse(stdout) as OrphanStatusSources) };
  };

  test("suspects processes of ended jobs, and none while the database cannot be read", async () => {
    const ended = await left.orphan(["sleep", "600"], { FARM_JOB: "41" });
    await left.orphan(["sleep", "600"], { FARM_JOB: "42" });
    await left.orphan(["sleep", "600"], { FARM_JOB: "43" });
    const script = join(holdfast.stateDir, "render.sh");
    writeFileSync(script, 'while :; do sleep 600 & wait "$!"; done\n');
    const failed = await left.orphan(["sh", script, "--job=44"]);
    const found = await scanOf();
    expect(new Set(found.suspects.map(({ root }) => root))).toEqual(
      new Set([ended.pid, failed.pid]),
    );
    expect(found.suspects[0]).toMatchObject({
      class: "left-by-other-runner",
      confidence: "likely",
      action: "report",
    });
    expect(found.suspects.flatMap(({ evidence }) => evidence)).toContain(
      "database farm reports that job 41 has ended",
    );
    expect(await sources()).toMatchObject({
      code: 0,
      sources: [
        { name: "farm", works: true, jobs: { named: 4, running: 1, ended: 2, unknown: 1 } },
      ],
    });

    renameSync(path, `${path}-away`);
    const blind = await scanOf();
    expect(blind.suspects).toEqual([]);
    expect(blind.unread.join("\n")).toMatch(/status of 4 jobs of farm \(.*no such file/);
    expect(await sources()).toMatchObject({ code: 1, sources: [{ name: "farm", works: false }] });
    const page = await holdfast.run("orphans", "status");
    expect(page.stdout).toContain("farm: ENOENT");
    renameSync(`${path}-away`, path);
  });
});
