import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runToEnd } from "../../src/system/child.ts";

const installed = "/usr/lib/postgresql";
/** Debian's folder with `initdb` and `pg_ctl`. Null: PostgreSQL is not installed. */
export const postgresFolder =
  (existsSync(installed) ? readdirSync(installed) : [])
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(installed, version, "bin"))
    .find((folder) => existsSync(join(folder, "initdb"))) ?? null;

/** initdb needs a user with a name that is not root; this is uid 65534. */
const user = 65_534;
const superuser = "keeper";

/** A private cluster of an ordinary user, on a Unix socket and on a free port of 127.0.0.1. */
export class Postgres {
  readonly folder = mkdtempSync(join(tmpdir(), "hf-pg-"));
  readonly password = "p@ss/w ord";
  port = 0;

  async start(): Promise<void> {
    const passwordFile = join(this.folder, "password");
    writeFileSync(passwordFile, this.password);
    if (process.getuid?.() === 0)
      for (const path of [this.folder, passwordFile]) chownSync(path, user, user);
    await this.#run("initdb", [
      `--pgdata=${this.#data}`,
      `--username=${superuser}`,
      "--auth=scram-sha-256",
      `--pwfile=${passwordFile}`,
      "--no-sync",
    ]);
    this.port = await freePort();
    const options = `-p ${this.port} -k ${this.folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
    await this.#run("pg_ctl", [
      "start",
      "-w",
      "-D",
      this.#data,
      "-l",
      join(this.folder, "log"),
      "-o",
      options,
    ]);
  }

  async sql(text: string): Promise<string> {
    const where = ["-h", this.folder, "-p", String(this.port), "-U", superuser];
    return await this.#run("psql", [
      ...where,
      "-d",
      "postgres",
      "-v",
      "ON_ERROR_STOP=1",
      "-Atqc",
      text,
    ]);
  }

  url(name: string, password: string | null, host = "127.0.0.1"): string {
    const login = password === null ? name : `${name}:${encodeURIComponent(password)}`;
    return `postgres://${login}@${encodeURIComponent(host)}:${this.port}/postgres`;
  }

  async end(): Promise<void> {
    try {
      const runs = existsSync(join(this.#data, "postmaster.pid"));
      if (runs) await this.#run("pg_ctl", ["stop", "-w", "-m", "immediate", "-D", this.#data]);
    } finally {
      rmSync(this.folder, { recursive: true });
    }
  }

  get #data(): string {
    return join(this.folder, "data");
  }

  async #run(program: string, args: readonly string[]): Promise<string> {
    const asUser = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
    const own = [join(postgresFolder ?? "", program), ...args];
    const [first = "", ...rest] = process.getuid?.() === 0 ? [...asUser, ...own] : own;
    const env = { PATH: process.env["PATH"], PGPASSWORD: this.password, LC_ALL: "C" };
    // Do not wait for the end of its output: the server that it starts keeps it open.
    const { status, stdout, stderr } =
      args[0] === "start"
        ? {
            ...spawnSync(first, rest, { env, cwd: this.folder, stdio: "ignore" }),
            stdout: "",
            stderr: "",
          }
        : await ended(first, rest, env);
    if (status !== 0) throw new Error(`${program} failed (${status}): ${stderr}`);
    return stdout.trim();
  }
}

async function ended(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await runToEnd(program, args, { env });
  return { status: code, stdout, stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}
