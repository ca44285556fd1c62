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
import { HostRecords } from "./host-records.ts";

/** A host that failed is not started again before this. */
const retryMs = 60_000;
/** The default lets the garbage of 4,000 commands grow to 200 MiB before it is collected. */
const heapOptions = ["--max-semi-space-size=1"];
const sockets = /^commands-\d+\.sock$/;

type Log = Pick<Logger, "warn">;

interface EndOfHost {
  code?: number | null;
  signal?: string | null;
  error?: string;
  /** It had nothing to do. */
  isRest?: boolean;
}

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
  readonly #log: Log;
  #listener: Server | null = null;
  #child: ChildProcess | null = null;
  readonly #records: HostRecords;
  #notBeforeMs = 0;
  #isClosed = false;

  /** `program`: the bundled host. Absolute. */
  constructor(program: string, paths: Paths, clock: Clock, log: Log) {
    this.#program = program;
    this.#paths = paths;
    this.#records = new HostRecords(paths.commandHostsFile);
    this.#clock = clock;
    this.#log = log;
    this.#readRecords();
  }

  /** Whether that is the pid of a host: of this server's, which has it until this server has reaped it, or of one on record. */
  isHost(pid: number): boolean {
    return this.#child?.pid === pid || this.#records.has(pid);
  }

  /**
   * Without it every command starts a Node. To be called again when the server's socket was made again,
   * because clients derive the host's from it. A host that runs finishes its commands, and no new client finds it.
   */
  async open(): Promise<void> {
    const { socket } = this.#paths;
    const folder = dirname(socket);
    this.#leaveHost();
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
    this.#leaveHost();
    if (this.#path !== "") rmSync(this.#path, { force: true });
  }

  /** Before this server listens: the first requests come from hosts whose server has ended. */
  #readRecords(): void {
    try {
      this.#records.open();
    } catch (error) {
      this.#log.warn({ err: error }, "reading which command hosts run");
    }
  }

  #leaveHost(): void {
    this.#listener?.close();
    this.#listener = null;
    this.#child?.stdin?.end();
    this.#child = null;
  }

  async #listen(): Promise<void> {
    const listener = createServer((client) => {
      client.destroy();
      this.#start();
    });
    listener.unref();
    listener.on("error", (error) => this.#log.warn({ err: error }, "listening for clients"));
    const path = this.#path;
    try {
      await listenPrivately(listener, path);
      if (this.#isClosed || path !== this.#path) listener.close();
      else this.#listener = listener;
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
    this.#record(child);
    let isReady = false;
    child.stdin?.on("error", () => undefined);
    child.once("error", (error) => void this.#ended(child, { error: error.message }));
    // Only a host that was ready ends because it has nothing to do.
    child.once("exit", (code, signal) => {
      void this.#ended(child, { code, signal, isRest: isReady && code === 0 });
    });
    // Undefined where there was no descriptor for them (Node's types say null).
    if (child.stdout)
      createInterface({ input: child.stdout }).once("line", () => {
        isReady = true;
        this.#handOver(child);
      });
    if (child.stderr)
      createInterface({ input: child.stderr }).on("line", (line) =>
        this.#log.warn({ line }, "the command host"),
      );
  }

  #record(child: ChildProcess): void {
    try {
      if (child.pid !== undefined) this.#records.add(child.pid);
    } catch (error) {
      this.#log.warn({ err: error }, "recording the command host for the next server");
    }
  }

  /** The listener removes its socket when it closes, and the host may then make its own. */
  #handOver(child: ChildProcess): void {
    if (this.#child !== child) return;
    const listener = this.#listener;
    this.#listener = null;
    if (listener === null) child.stdin?.write("listen\n");
    else listener.close(() => child.stdin?.write("listen\n"));
  }

  async #ended(child: ChildProcess, { isRest = false, ...how }: EndOfHost): Promise<void> {
    if (this.#child !== child) return;
    this.#child = null;
    if (!isRest) {
      this.#log.warn(how, "the command host has ended");
      this.#notBeforeMs = this.#clock.monotonicMs() + retryMs;
    }
    if (this.#listener === null) await this.#listen();
  }
}
