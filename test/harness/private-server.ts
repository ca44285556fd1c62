import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { Health, Job } from "../../src/client/client.ts";
import { Command, throughClient, type CommandOptions, type Ended } from "./command.ts";
import { isSame, livingWith, type Living } from "./living.ts";
import { longestWaitMs } from "./longest-wait.ts";
import { removeGroupsOf } from "./own-groups.ts";

/**
 * Holdfast with its own state folder. Every process started through it has a mark in its environment,
 * by which /proc shows what is left.
 */
export class PrivateServer {
  readonly stateDir = mkdtempSync(join(tmpdir(), "holdfast-test-"));
  readonly env: NodeJS.ProcessEnv;
  readonly #serverMark = `HOLDFAST_TEST_SERVER=${randomUUID()}`;
  #jobMark = randomUUID();

  constructor(env: NodeJS.ProcessEnv = {}) {
    const [name = "", value = ""] = this.#serverMark.split("=");
    this.env = {
      ...process.env,
      HOLDFAST_STATE_DIR: this.stateDir,
      HOLDFAST_RUNTIME_DIR: join(this.stateDir, "run"),
      XDG_CONFIG_HOME: this.stateDir,
      NO_COLOR: "1",
      TERM: "xterm",
      [name]: value,
      ...env,
    };
    delete this.env["PYTHONUNBUFFERED"];
  }

  /** Starts the server, so that no job's command has to. */
  async up(): Promise<void> {
    expect(await this.run("server", "start")).toMatchObject({ code: 0 });
    if (throughClient) await this.hostReady();
  }

  /** SIGKILL to the server; returns when its process is gone. */
  async killServer(): Promise<void> {
    const { pid } = await this.health();
    const server = this.processes().find((one) => one.pid === pid);
    if (server === undefined) throw new Error(`the server, pid ${pid}, is not of this test`);
    killSame(server);
    const deadline = Date.now() + longestWaitMs;
    while (isSame(server) && Date.now() < deadline) await delay(20);
    expect(isSame(server)).toBe(false);
  }

  /** The server's command host. */
  host(): Living | null {
    return this.processes().find(({ command }) => command === "holdfast-comman") ?? null;
  }

  /** The first command of a client starts the host. */
  async hostReady(): Promise<void> {
    const deadline = Date.now() + longestWaitMs;
    do {
      await this.start(["version"], { through: "client" }).ended;
      await delay(20);
    } while (this.host() === null && Date.now() < deadline);
    expect(this.host()).not.toBeNull();
  }

  /** Starts a command and does not wait for it. */
  start(args: readonly string[], options: CommandOptions = {}): Command {
    // A server lives longer than the test.
    const mark = args[0] === "server" ? {} : { HOLDFAST_TEST_JOB: this.#jobMark };
    return new Command(args, { ...this.env, ...mark }, options);
  }

  /** On a terminal of 24 rows and 100 columns. */
  startOnTerminal(args: readonly string[]): Command {
    return this.start(args, { terminal: { rows: 24, columns: 100 } });
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<Ended> {
    return await this.start(args).ended;
  }

  /** Submits a job; its number. */
  async submit(...args: string[]): Promise<number> {
    const { code, stdout, stderr } = await this.run("submit", ...args);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return Number(stdout);
  }

  /** Submits a job and waits for its end; its number. */
  async ended(...args: string[]): Promise<string> {
    const id = String(await this.submit(...args));
    await this.run("wait", id);
    return id;
  }

  async show(id: number): Promise<Job> {
    const { stdout } = await this.run("show", String(id), "--json");
    return JSON.parse(stdout) as Job;
  }

  async health(): Promise<Health> {
    const { stdout } = await this.run("server", "status", "--json");
    return JSON.parse(stdout) as Health;
  }

  /** Every process that this server, its jobs and its commands started, and the server. */
  processes(): Living[] {
    return livingWith(this.#serverMark);
  }

  /** Processes of this test's jobs and commands. */
  jobProcesses(): Living[] {
    return livingWith(`HOLDFAST_TEST_JOB=${this.#jobMark}`);
  }

  /** After each test: nothing that it started is left. What is left all the same is killed, so that the next test starts clean. */
  async expectNothingLeft(): Promise<void> {
    const left = () => this.jobProcesses();
    const deadline = Date.now() + longestWaitMs;
    while (left().length > 0 && Date.now() < deadline) await delay(20);
    const survivors = left();
    this.#jobMark = randomUUID();
    for (const one of survivors) killSame(one);
    expect(survivors).toEqual([]);
  }

  /** After the last test. */
  async remove(): Promise<void> {
    await this.run("server", "stop");
    const left = () => this.processes();
    const deadline = Date.now() + longestWaitMs;
    while (left().length > 0 && Date.now() < deadline) await delay(20);
    const survivors = left();
    for (const one of survivors) killSame(one);
    removeGroupsOf(this.stateDir);
    rmSync(this.stateDir, { recursive: true, force: true });
    expect(survivors).toEqual([]);
  }
}

function killSame(one: Living): void {
  if (isSame(one)) process.kill(one.pid, "SIGKILL");
}
