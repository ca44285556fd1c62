import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { createClient, type Client } from "../../src/client/client.ts";
import type { Connection } from "../../src/client/http.ts";
import { isTerminal } from "../../src/job/states.ts";
import { realClock } from "../../src/system/clock.ts";
import { groupsOf, removeGroupsOf } from "../harness/own-groups.ts";
import { untilTerminal } from "./observation.ts";

/** Another clone with its own build can be tested by the same tests. */
export const buildFolder = resolve(
  process.env["HOLDFAST_TEST_BUILD"] ?? join(import.meta.dirname, "../../build"),
);

export interface ServerOptions {
  /** `auto`, `off` or a folder: containment.cgroup. */
  cgroup: string;
  env?: NodeJS.ProcessEnv;
  /** Put before the server's command: a program that execs it. */
  through?: readonly string[];
  /** Owner of the state folder, if the server is not to run as root. */
  user?: number;
  /** The folder in which the state folder is made. */
  under?: string;
}

/** A private server for a test: its own state folder, socket and cgroups. */
export class PrivateServer {
  readonly folder: string;
  readonly stateDir: string;
  readonly connection: Connection;
  readonly client: Client;
  readonly #options: ServerOptions;
  #child: ChildProcess | null = null;

  static async start(options: ServerOptions): Promise<PrivateServer> {
    const server = new PrivateServer(options);
    await server.start();
    return server;
  }

  constructor(options: ServerOptions) {
    this.#options = options;
    this.folder = mkdtempSync(join(options.under ?? tmpdir(), "hf-"));
    chmodSync(this.folder, 0o755);
    this.stateDir = join(this.folder, "s");
    mkdirSync(this.stateDir);
    if (options.user !== undefined) chownSync(this.stateDir, options.user, options.user);
    const owner = options.user === undefined ? {} : { owner: options.user };
    this.connection = {
      socket: join(this.stateDir, "run/server.sock"),
      clock: realClock,
      ...owner,
    };
    this.client = createClient(this.connection);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it listens; it may still be recovering. */
  async start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    const log = openSync(join(this.folder, "server.out"), "a");
    const command = [
      ...(this.#options.through ?? []),
      process.execPath,
      join(buildFolder, "server.cjs"),
    ];
    const child = spawn(command[0] ?? "", command.slice(1), {
      cwd: "/",
      detached: true,
      env: {
        PATH: process.env["PATH"],
        HOME: this.folder,
        HOLDFAST_STATE_DIR: this.stateDir,
        HOLDFAST_CONTAINMENT_CGROUP: this.#options.cgroup,
        HOLDFAST_READY_FD: "3",
        ...this.#options.env,
        ...env,
      },
      stdio: ["ignore", log, log, "pipe"],
    });
    closeSync(log);
    this.#child = child;
    try {
      await once(child, "spawn");
    } catch (error) {
      // Where the machine has no process to spare there is no child.
      this.#child = null;
      throw error;
    }
    for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
      if (line.startsWith("phase ")) continue;
      if (line.startsWith("ready ")) return;
      throw new Error(`the server did not start: ${line}`);
    }
    throw new Error(`the server ended before it was ready; see ${this.folder}/server.out`);
  }

  /** SIGKILL, through the child's own handle; resolves when it is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  /** Resolves with the signal that ended the server, or null if it ended without a signal or does not run. */
  async untilDead(): Promise<NodeJS.Signals | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.signalCode;
  }

  /** Whether it has ended, not by `kill` or `end`. */
  hasDied(): boolean {
    const child = this.#child;
    return child !== null && (child.exitCode !== null || child.signalCode !== null);
  }

  /** Its last output, for a test that failed. */
  lastOutput(): string {
    return [join(this.folder, "server.out"), join(this.stateDir, "server.log")]
      .map((path) => (existsSync(path) ? readFileSync(path, "utf8").slice(-2000) : ""))
      .join("\n");
  }

  /** The cgroups of attempts that exist at this moment. */
  groups(): string[] {
    const { cgroup } = this.#options;
    const roots = groupsOf(this.stateDir, ...(cgroup.startsWith("/") ? [cgroup] : []));
    return roots.flatMap((path) =>
      readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name),
    );
  }

  /** Ends every job, then the server, and removes what both made. */
  async end(): Promise<void> {
    const asked = this.#child !== null && !this.hasDied();
    if (asked) await this.#endJobs();
    await this.kill("SIGTERM");
    // A keeper outlives its server; without the folder it would stay for minutes.
    if (!asked) await this.#stopAbandoned();
    const { cgroup } = this.#options;
    removeGroupsOf(this.stateDir, ...(cgroup.startsWith("/") ? [cgroup] : []));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #endJobs(): Promise<void> {
    const { jobs } = await this.client.list({});
    const live = jobs.filter(({ state }) => !isTerminal(state));
    await Promise.all(
      live.map(async ({ id }) => {
        const over = untilTerminal(this.connection, id);
        // It may end between the two calls.
        await this.client.kill(id).catch(() => undefined);
        await over;
      }),
    );
  }

  async #stopAbandoned(): Promise<void> {
    const command = [join(buildFolder, "cli.cjs"), "emergency-stop", "--all", "--grace", "0s"];
    const { HOME, PATH } = process.env;
    const child = spawn(process.execPath, command, {
      env: { HOME, PATH, HOLDFAST_STATE_DIR: this.stateDir, ...this.#options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => said.push(chunk));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`emergency-stop: ${code}: ${Buffer.concat(said).toString()}`);
  }
}
