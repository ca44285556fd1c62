import { lstatSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Logger } from "pino";
import type { Paths } from "../config/paths.ts";
import { buildId } from "../system/build-id.ts";
import { startChild } from "../system/child.ts";
import type { Clock } from "../system/clock.ts";
import { listenPrivately } from "../system/private-socket.ts";

/** A host that failed is not started again before this. */
const retryMs = 60_000;
/** The default lets the garbage of 4,000 commands grow to 200 MiB before it is collected. */
const heapOptions = ["--max-semi-space-size=1"];
const sockets = /^commands-\d+\.sock$/;

/**
 * The process that runs commands for clients (src/hosting), started with the first one: until it is
 * ready, and again after it has ended because nothing was to do, this listens in its place and sends
 * clients on to Node by closing their connections.
 */
export class CommandHost {
  readonly #program: string;
  readonly #paths: Paths;
  #path = "";
  readonly #clock: Clock;
  readonly #log: Logger;
  #listener: Server | null = null;
  #child: ChildProcess | null = null;
  #notBeforeMs = 0;
  #isClosed = false;

  /** `program`: the bundled host. Absolute. */
  constructor(program: string, paths: Paths, clock: Clock, log: Logger) {
    this.#program = program;
    this.#paths = paths;
    this.#clock = clock;
    this.#log = log;
  }

  /** Pid of the host; null: none runs. It stays that process's until this says otherwise. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Without it every command starts a Node. */
  async open(): Promise<void> {
    const { socket } = this.#paths;
    const folder = dirname(socket);
    try {
      // Of servers that were killed.
      for (const name of readdirSync(folder)) if (sockets.test(name)) rmSync(join(folder, name));
      // Of exactly this server: clients derive the name from the server's socket (native/client/place.c).
      const { mtimeNs } = lstatSync(socket, { bigint: true });
      this.#path = join(folder, `commands-${mtimeNs}.sock`);
      await this.#listen();
    } catch (error) {
      this.#log.warn({ err: error }, "listening for clients");
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#listener?.close();
    this.#child?.stdin?.end();
    if (this.#path !== "") rmSync(this.#path, { force: true });
  }

  async #listen(): Promise<void> {
    const listener = createServer((client) => {
      client.destroy();
      this.#start();
    });
    listener.unref();
    listener.on("error", (error) => this.#log.warn({ err: error }, "listening for clients"));
    try {
      await listenPrivately(listener, this.#path);
      this.#listener = listener;
    } catch (error) {
      this.#log.warn({ err: error }, "listening for clients");
    }
  }

  #start(): void {
    if (this.#child !== null || this.#isClosed) return;
    if (this.#clock.monotonicMs() < this.#notBeforeMs) return;
    const { HOLDFAST_READY_FD: _, NOTIFY_SOCKET: __, ...env } = process.env;
    const args = [
      ...heapOptions,
      this.#program,
      buildId,
      this.#paths.socket,
      this.#paths.stateDir,
      this.#path,
    ];
    const child = startChild(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], env });
    this.#child = child;
    child.stdin?.on("error", () => undefined);
    child.once("error", (error) => void this.#ended({ error: error.message }));
    child.once("exit", (code, signal) => void this.#ended({ code, signal }));
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).once("line", () => this.#handOver(child));
    if (child.stderr !== null)
      createInterface({ input: child.stderr }).on("line", (line) =>
        this.#log.warn({ line }, "the command host"),
      );
  }

  /** The listener removes its socket when it closes, and the host may then make its own. */
  #handOver(child: ChildProcess): void {
    const listener = this.#listener;
    this.#listener = null;
    if (listener === null) child.stdin?.write("listen\n");
    else listener.close(() => child.stdin?.write("listen\n"));
  }

  async #ended(how: { code?: number | null; signal?: string | null; error?: string }) {
    if (this.#child === null) return;
    this.#child = null;
    if (this.#isClosed) return;
    const isRest = how.code === 0;
    if (!isRest) {
      this.#log.warn(how, "the command host has ended");
      this.#notBeforeMs = this.#clock.monotonicMs() + retryMs;
    }
    if (this.#listener === null) await this.#listen();
  }
}
