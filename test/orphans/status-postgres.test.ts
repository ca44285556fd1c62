import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OrphanScan } from "../../src/client/client.ts";
import { PrivateServer } from "../harness/private-server.ts";
import { LeftBehind } from "./orphan.ts";
import { Postgres, postgresFolder } from "./postgres.ts";
import { atOnce } from "./settings.ts";
import { ask, guideBlocks } from "./status-database.ts";

describe.runIf(postgresFolder !== null)("a database in PostgreSQL", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = new Postgres();
    await postgres.start();
    await postgres.sql(`
      CREATE ROLE ada LOGIN PASSWORD '${postgres.password}';
      CREATE SCHEMA farm;
      CREATE TABLE farm.jobs (id bigint PRIMARY KEY, state text, secret text);
      INSERT INTO farm.jobs VALUES (41, 'finished'), (42, 'running'), (44, NULL);
      CREATE TABLE public."a ""job""; DROP" ("the id" uuid, done boolean, code int);
      INSERT INTO public."a ""job""; DROP" VALUES
        ('0ddba11e-0000-4000-8000-000000000000', true, 3), ('0ddba11e-0000-4000-8000-000000000001', false, 0);
      CREATE TABLE farm.written (id int);
      CREATE FUNCTION farm.touch() RETURNS text LANGUAGE plpgsql AS
        $$BEGIN INSERT INTO farm.written VALUES (1); RETURN 'finished'; END$$;
      CREATE VIEW farm.writing AS SELECT 41 AS id, farm.touch() AS state;
      CREATE VIEW farm.slow AS SELECT 41 AS id, 'finished' || pg_sleep(600)::text AS state;
      GRANT USAGE ON SCHEMA farm TO ada;
      GRANT SELECT (id, state) ON farm.jobs TO ada;
      GRANT SELECT ON farm.writing, farm.slow, public."a ""job""; DROP" TO ada;
      GRANT ALL ON farm.written TO ada;`);
  });
  afterAll(() => postgres.end());

  const jobs = { table: "farm.jobs", status_column: "state" };
  const place = () => ({ ...jobs, postgres: postgres.url("ada", postgres.password) });

  test("is queried for all ids at once, on a port and on a socket, even if an id has the wrong form", async () => {
    const ids = ["41", "42", "43", "44"];
    const socket = postgres.url("ada", postgres.password, postgres.folder);
    for (const asked of [place(), { ...place(), postgres: socket }])
      expect(await ask(asked, ids)).toMatchObject({
        problem: null,
        found: { 41: "ended", 42: "running", 44: "running" },
      });
    const strange = ["41", "x'; DROP TABLE farm.jobs; --", "99999999999999999999", '{"a","b"}'];
    expect(await ask(place(), strange)).toMatchObject({ problem: null, found: { 41: "ended" } });
  });

  test("may have any names and types", async () => {
    const asked = { ...place(), table: 'public.a "job"; DROP', id_column: "the id" };
    const ids = ["0ddba11e-0000-4000-8000-000000000000", "0ddba11e-0000-4000-8000-000000000001"];
    for (const [status_column, ended] of [
      ["done", [true]],
      ["code", [3]],
    ])
      expect((await ask({ ...asked, status_column, ended }, ids)).found).toEqual({
        [ids[0] ?? ""]: "ended",
        [ids[1] ?? ""]: "running",
      });
  });

  test("is never written to", async () => {
    const { problem } = await ask({ ...place(), table: "farm.writing" }, ["41"]);
    expect(problem).toContain("read-only transaction");
    expect(await postgres.sql("SELECT count(*) FROM farm.written")).toBe("0");
  });

  test("is not waited for beyond the time limit, neither in the query nor in the connection", async () => {
    const slow = await ask({ ...place(), table: "farm.slow", timeout: "1s" }, ["41"]);
    expect(slow.problem).toContain("timeout");
    const mute = createServer().listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as { port: number };
    const silent = { ...place(), postgres: `postgres://ada@127.0.0.1:${port}/x`, timeout: "200ms" };
    expect((await ask(silent, ["41"])).problem).toContain("timeout");
    mute.close();
  });

  test("that refuses gives the reason, without a password", async () => {
    const wrong = "not/the password";
    const refused = await ask({ ...jobs, postgres: postgres.url("ada", wrong) }, ["41"]);
    expect(refused).toMatchObject({ found: {} });
    expect(refused.problem).toContain("password authentication failed");
    const broken = await ask({ ...jobs, postgres: `postgres://ada:${wrong}@[bad/x` }, ["41"]);
    for (const { problem } of [refused, broken]) {
      expect(problem).not.toContain(wrong);
      expect(problem).not.toContain(encodeURIComponent(wrong));
    }
    const denied = await ask({ ...place(), status_column: "secret" }, ["41"]);
    expect(denied.problem).toContain("permission denied");
  });

  test("takes its password from PGPASSFILE, and its URL from the environment or a file", async () => {
    const file = join(postgres.folder, "pgpass");
    const escaped = postgres.password.replaceAll(":", "\\:");
    writeFileSync(file, `127.0.0.1:${postgres.port}:*:ada:${escaped}\n`, { mode: 0o600 });
    const env = {
      ...process.env,
      PGPASSFILE: file,
      FARM_URL: postgres.url("ada", null),
    };
    const found = { 41: "ended" };
    expect((await ask({ ...jobs, postgres: "env:FARM_URL" }, ["41"], env)).found).toEqual(found);
    const urlFile = join(postgres.folder, "url");
    writeFileSync(urlFile, `${postgres.url("ada", postgres.password)}\n`);
    expect((await ask({ ...jobs, postgres_file: urlFile }, ["41"])).found).toEqual(found);
  });

  describe("as in the example of the guide", () => {
    const left = new LeftBehind();
    // Only when it is certain that the tests run: it creates a folder.
    let holdfast: PrivateServer;
    beforeAll(() => {
      holdfast = new PrivateServer(atOnce);
    });
    afterEach(() => left.end());
    afterAll(() => holdfast.remove());

    test("suspects processes of ended jobs, and shows no password", async () => {
      const config = join(holdfast.stateDir, "holdfast");
      mkdirSync(config);
      const url = join(config, "farm-url");
      writeFileSync(url, postgres.url("ada", postgres.password), { mode: 0o600 });
      const [, , text = ""] = guideBlocks("Ask a database");
      expect(text).toContain("postgres_file");
      const own = text.replace("/home/ada/.config/holdfast/farm-url", url);
      writeFileSync(join(config, "config.toml"), own.replace("FARM_JOB", "FARM_PG_JOB"));
      await holdfast.up();
      const orphan = await left.orphan(["sleep", "600"], { FARM_PG_JOB: "41" });
      await left.orphan(["sleep", "600"], { FARM_PG_JOB: "42" });
      const scan = await holdfast.run("orphans", "--rule", "farm", "--json");
      expect((JSON.parse(scan.stdout) as OrphanScan).suspects).toMatchObject([
        { root: orphan.pid, class: "left-by-other-runner" },
      ]);
      const status = await holdfast.run("orphans", "status");
      expect(status).toMatchObject({ code: 0 });
      expect(status.stdout).toContain(`postgres://ada@127.0.0.1:${postgres.port}/postgres`);
      expect(status.stdout + scan.stdout).not.toContain(encodeURIComponent(postgres.password));
    });
  });
});
