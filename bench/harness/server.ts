import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { liveStates } from "../../src/job/states.ts";
import { Api } from "./api.ts";
import { Ends } from "./ends.ts";
import { freshDir, node, root } from "./places.ts";

const running = new Set<Server>();

/** For an interrupted run: none of its jobs may survive. */
export async function stopServers(): Promise<void> {
  for (const server of running) await server.stop();
}

/** The built server on a state folder of its own, or on a folder that its settings name. */
export class Server {
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly socket: string;
  #ends: Ends | null = null;
  readonly #checkout: string;
  #child: ChildProcess;

  private constructor(
    checkout: string,
    child: ChildProcess,
    stateDir: string,
    env: NodeJS.ProcessEnv,
  ) {
    this.#checkout = checkout;
    this.#child = child;
    this.stateDir = stateDir;
    this.env = env;
    this.socket = join(stateDir, "run/server.sock");
  }

  /** `checkout`: whose build runs. A state folder in `settings` is used as it is. */
  static async start(settings: NodeJS.ProcessEnv = {}, checkout = root): Promise<Server> {
    const stateDir = settings["HOLDFAST_STATE_DIR"] ?? freshDir("state");
    const env = {
      ...process.env,
      HOLDFAST_STATE_DIR: stateDir,
      HOLDFAST_AUTOSTART: "0",
      ...settings,
    };
    const server = new Server(checkout, await started(checkout, env), stateDir, env);
    running.add(server);
    return server;
  }

  /** SIGKILL; jobs keep running. */
  async kill(): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  /** After `kill`, on the same state folder. Resolves when it listens. */
  async startAgain(): Promise<void> {
    this.#child = await started(this.#checkout, this.env);
  }

  /** From the first call on it reads all events that there are. */
  get ends(): Ends {
    this.#ends ??= new Ends(this.socket);
    return this.#ends;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Cancels what is left, sees it ended, and ends. */
  async stop(): Promise<void> {
    const api = new Api(this.socket, 16);
    const live = liveStates.map((state) => `state=${state}`).join("&");
    for (;;) {
      const { jobs } = await api.list(`limit=100&${live}`);
      if (jobs.length === 0) break;
      await Promise.all(jobs.map(({ id }) => api.cancel(id, 0).catch(() => undefined)));
      await Promise.all(jobs.map(({ id }) => this.ends.of(id)));
    }
    api.close();
    await this.end();
  }

  /** Leaves the jobs as they are. */
  async end(): Promise<void> {
    await this.#ends?.stop();
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
    running.delete(this);
  }
}

/** Builds before the compile cache had one ES module. */
function serverIn(checkout: string): string {
  const path = join(checkout, "build/server.cjs");
  return existsSync(path) ? path : join(checkout, "build/server.js");
}

async function started(checkout: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(node, [serverIn(checkout)], {
    env: { ...env, HOLDFAST_READY_FD: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    if (line.startsWith("phase ")) continue;
    if (line.startsWith("ready ")) return child;
    throw new Error(line);
  }
  throw new Error("the server ended before it was ready");
}

/** A server for as long as `use` takes. */
export async function withServer<T>(
  use: (server: Server) => Promise<T>,
  settings?: NodeJS.ProcessEnv,
  checkout?: string,
): Promise<T> {
  const server = await Server.start(settings, checkout);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}
