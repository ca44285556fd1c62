import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RefusalError } from "../contract/problems.ts";
import { configSchema, loadConfig } from "./config.ts";
import { pathsFrom } from "./paths.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-config-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

function load(toml: string, env: NodeJS.ProcessEnv = {}) {
  const path = join(folder, "config.toml");
  writeFileSync(path, toml);
  return loadConfig({ HOME: folder, HOLDFAST_CONFIG: path, ...env });
}

function refusalOf(action: () => unknown) {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof RefusalError ? error.refusal : error;
  }
}

describe("the configuration", () => {
  it("has a default for everything, and cannot be changed afterwards", () => {
    const config = loadConfig({ HOME: folder });
    expect(config.jobs).toMatchObject({ max_running: 100, grace: 10_000, limit: 0 });
    expect(() => Object.assign(config.jobs, { grace: 1 })).toThrow("read only");
  });

  it("takes the file before the defaults, and the environment before the file", () => {
    const toml = '[jobs]\ngrace = "30s"\nmax_running = 8\n';
    expect(load(toml).jobs).toMatchObject({ grace: 30_000, max_running: 8 });
    const env = { HOLDFAST_JOBS_GRACE: "1m", HOLDFAST_SERVER_AUTOSTART: "false" };
    expect(load(toml, env).jobs).toMatchObject({ grace: 60_000, max_running: 8 });
    expect(load(toml, env).server.autostart).toBe(false);
    const share = { HOLDFAST_DOCTOR_CPU_PRESSURE: "12.5", HOLDFAST_DOCTOR_PORTS: "8000,8001" };
    expect(load(toml, share).doctor).toMatchObject({ cpu_pressure: 12.5, ports: [8000, 8001] });
  });

  it.each([
    ['[jobs]\ngrace = "30"', "jobs.grace"],
    ["[jobs]\ngrace = 30", "jobs.grace"],
    ["[jobs]\nmax_running = 0", "jobs.max_running"],
    ["[jobs]\nmaxrunning = 5", "jobs"],
    ["[doctor]\ncpu_pressure = 140", "doctor.cpu_pressure"],
    ["[doctor]\ndisk_free = 5", "doctor.disk_free"],
    ['[doctor]\nstuck_for = "10"', "doctor.stuck_for"],
    ["[doctor]\nports = [0]", "doctor.ports"],
    ['[doctor]\nwatch = "10ms"', "doctor.watch"],
    ["[job]\ngrace = '1s'", ""],
    ["[jobs", "config.toml"],
  ])("is refused with the place named: %j", (toml, place) => {
    expect(refusalOf(() => load(toml))).toMatchObject({
      code: "bad_config",
      details: { where: expect.stringContaining(place) },
    });
  });

  it.each([
    ["[jobs]\ngrace = 30", "30 has no unit"],
    ["[history]\nkeep_bytes = 500", "500MiB"],
    ["[jobs]\ngrace = true", '"30s"'],
  ])("without a unit is refused with what to write: %j", (toml, message) => {
    const refusal = refusalOf(() => load(toml));
    expect(refusal).toMatchObject({
      details: { what: expect.stringContaining(message) as string },
    });
  });

  it("without a unit in the environment is refused in the same way", () => {
    const refusal = refusalOf(() => load("", { HOLDFAST_JOBS_GRACE: "30" }));
    expect(refusal).toMatchObject({
      details: { what: expect.stringContaining("30 has no unit") as string },
    });
  });

  it("that was named and is missing is refused; the default file may be missing", () => {
    const env = { HOME: folder, HOLDFAST_CONFIG: join(folder, "none.toml") };
    expect(refusalOf(() => loadConfig(env))).toMatchObject({ code: "bad_config" });
    expect(refusalOf(() => loadConfig({ HOME: folder }))).toBeNull();
  });

  it.each([
    ["", "needs one of sqlite, postgres and postgres_file"],
    ['sqlite = "/a"\npostgres = "env:A"', "needs one of sqlite, postgres and postgres_file"],
    ['sqlite = "a.db"', "an absolute path"],
    ['postgres = "host=db password=hunter2"', "postgres://USER@HOST/DATABASE"],
    ['sqlite = "/a"\ntable = "a.b.c"', "SCHEMA.TABLE"],
    ['sqlite = "/a"\nended = "finished"', "write a list of values"],
    ['sqlite = "/a"\nended = []', "name at least one value"],
    ['sqlite = "/a"\nenvironment = "A-B"', "the name of an environment variable"],
    ['sqlite = "/a"\nenvironment = 7', "expected string"],
    ['sqlite = "/a"\ntimeout = "1m"', "100ms to 10s"],
    ['sqlite = "/a"\npassword = "hunter2"', 'Unrecognized key: "password"'],
    ['sqlite = "/a"\ntable = 7', "write the name of the table"],
    [
      'sqlite = "/a"\nenvironment = ""\n[[orphans.status.farm.signature]]\nargument = "x"',
      "environment",
    ],
    ['sqlite = "/a"\n[[orphans.status.farm.signature]]\nscript = "x"', "(?<id>...)"],
  ])("of a database is refused with its place and what is expected: %j", (text, what) => {
    const required = { table: '"jobs"', ended: '["finished"]', environment: '"FARM_JOB"' };
    const more = Object.entries(required).filter(([key]) => !text.includes(`${key} =`));
    const path = join(folder, "config.toml");
    const section = [...more.map(([key, value]) => `${key} = ${value}`), text].join("\n");
    writeFileSync(path, `[orphans.status.farm]\n${section}\n`);
    const refusal = refusalOf(() => loadConfig({ HOME: folder, HOLDFAST_CONFIG: path }));
    expect(refusal).toMatchObject({
      code: "bad_config",
      details: {
        where: expect.stringContaining(`${path} (orphans.status.farm`) as string,
        what: expect.stringContaining(what) as string,
      },
    });
    expect(JSON.stringify(refusal)).not.toContain("hunter2");
  });

  it("is what its reference page lists, key by key", () => {
    const url = new URL("../../docs/reference/configuration.md", import.meta.url);
    const page = readFileSync(url, "utf8");
    const listed: string[] = [];
    let section = "";
    for (const [, first, key] of page.matchAll(/^\| (?:`([a-z_]+)`)? ?\| `([a-z_]+)` \|/gm)) {
      section = first ?? section;
      listed.push(`${section}.${key}`);
    }
    const known = Object.entries(configSchema.shape).flatMap(([name, wrapped]) =>
      Object.keys(wrapped.unwrap().shape).map((key) => `${name}.${key}`),
    );
    expect(listed.toSorted()).toEqual(known.toSorted());
  });
});

describe("the folders", () => {
  it("follow XDG, and relative XDG variables are ignored", () => {
    const env = { HOME: "/home/u", XDG_STATE_HOME: "state", XDG_RUNTIME_DIR: "/run/user/7" };
    const own = (path: string) => path === "/run/user/7";
    expect(pathsFrom(env, own)).toMatchObject({
      stateDir: "/home/u/.local/state/holdfast",
      socket: "/run/user/7/holdfast/server.sock",
      configFile: "/home/u/.config/holdfast/config.toml",
    });
  });

  it.each(["HOLDFAST_STATE_DIR", "HOLDFAST_RUNTIME_DIR", "HOLDFAST_CONFIG"])(
    "refuse a relative %s, which would name another place in each directory",
    (name) => {
      const from = () => pathsFrom({ HOME: "/home/u", [name]: "mine/x" });
      expect(from).toThrow(RefusalError);
      expect(from).toThrow(`${name}: "mine/x" is not an absolute path`);
    },
  );

  it("take an empty variable as an unset one, and a relative HOME as none", () => {
    const { stateDir } = pathsFrom({ HOME: "/home/u", HOLDFAST_STATE_DIR: "" });
    expect(stateDir).toBe("/home/u/.local/state/holdfast");
    expect(pathsFrom({ HOME: "." }).stateDir).toMatch(/^\/.*\.local\/state\/holdfast$/);
  });

  it("have their socket in the state folder where XDG_RUNTIME_DIR is not this user's", () => {
    const env = { HOME: "/home/u", XDG_RUNTIME_DIR: "/run/user/7" };
    expect(pathsFrom(env, () => false).socket).toBe(
      "/home/u/.local/state/holdfast/run/server.sock",
    );
  });

  it("of a state folder of one's own never share a socket with another", () => {
    const env = { HOME: "/h", XDG_RUNTIME_DIR: "/run/user/7", HOLDFAST_STATE_DIR: "/data/a" };
    expect(pathsFrom(env).socket).toBe("/data/a/run/server.sock");
  });
});
