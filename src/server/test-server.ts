import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../client/http.ts";
import { foregroundClock, type Clock } from "../system/clock.ts";
import { realIds } from "../system/ids.ts";
import type { Doctor } from "../doctor/doctor.ts";
import type { StandingDoctor } from "../doctor/standing-watch.ts";
import type { Orphans } from "../orphans/orphans.ts";
import type { StandingWatch } from "../orphans/standing-watch.ts";
import { WatchTotals } from "../orphans/watch-totals.ts";
import { FakeSupervisor } from "./fake-supervisor.ts";
import { listen, type Listening, type Place } from "./listen.ts";
import type { Log, ServerParts } from "./parts.ts";

/** What a test puts in place of the parts of a server; the others are not asked. */
interface TestParts {
  clock?: Clock;
  orphans?: Partial<Orphans>;
  standingWatch?: Pick<StandingWatch, "subscribe">;
}

/** For tests: the real server on a socket of its own, over a supervisor in memory. */
export class TestServer {
  readonly folder: string;
  readonly supervisor: FakeSupervisor;
  readonly connection: Connection;
  /** Everything that was logged, as JSON. */
  readonly logged: string[];
  #listening: Listening;
  readonly #parts: ServerParts;
  readonly #place: Place;

  private constructor(parts: ServerParts, place: Place, own: Listening, folder: string) {
    this.folder = folder;
    this.supervisor = parts.supervisor as FakeSupervisor;
    this.connection = { socket: place.socket, clock: foregroundClock };
    this.logged = (parts.log as MemoryLog).lines;
    this.#listening = own;
    this.#parts = parts;
    this.#place = place;
  }

  static async start(options: TestParts & Partial<Place> = {}): Promise<TestServer> {
    const { clock = foregroundClock, orphans = {}, standingWatch = null, ...place } = options;
    const folder = mkdtempSync(join(tmpdir(), "holdfast-server-"));
    const parts: ServerParts = {
      supervisor: new FakeSupervisor(),
      orphans: { totals: new WatchTotals(), ...orphans } as Orphans,
      doctor: {} as Doctor,
      standingDoctor: { watches: false } as StandingDoctor,
      standingWatch: standingWatch as StandingWatch | null,
      clock,
      ids: realIds,
      log: new MemoryLog(),
      version: "0.0.0-test",
      keeperProtocol: 1,
      stateDir: "/state",
    };
    const where = { socket: join(folder, "run/server.sock"), ...place };
    try {
      return new TestServer(parts, where, await listen(parts, where), folder);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  /** The same supervisor, a new server. */
  async restart(): Promise<void> {
    await this.#listening.close();
    this.#listening = await listen(this.#parts, this.#place);
  }

  /** Closes the server and takes its folder away. */
  async stop(): Promise<void> {
    await this.#listening.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Listens again after its socket was removed. */
  async again(): Promise<void> {
    await this.#listening.again();
  }

  get place(): string {
    return this.#listening.place();
  }

  /** Only the server, its socket with it. */
  async close(): Promise<void> {
    await this.#listening.close();
  }

  /** A submitted job with a log file of these bytes, running. */
  async runningJob(
    output: string | Uint8Array = "",
    spec: object = {},
  ): Promise<{ id: number; path: string }> {
    const asked = { command: ["true"], cwd: "/", ...spec };
    const { json } = await this.ask("POST", "/api/v1/jobs", asked);
    const { id } = json as { id: number };
    const path = join(this.folder, `${id}.log`);
    writeFileSync(path, output);
    this.supervisor.logs.set(id, { path, complete: false });
    this.supervisor.move(id, "running");
    return { id, path };
  }

  /** One request and its whole answer. An object as body goes as JSON, a string as it is. */
  async ask(
    method: string,
    path: string,
    body?: object | string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const payload = body === undefined || raw ? body : JSON.stringify(body);
    const answer = await this.open(method, path, payload, {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    });
    const parts: Buffer[] = [];
    for await (const part of answer) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const type = answer.headers["content-type"] ?? "";
    const json: unknown =
      type.includes("json") && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined;
    return { status: answer.statusCode ?? 0, headers: answer.headers, bytes, json };
  }

  /** One request; the answer's body is left to the caller. */
  open(
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { socket } = this.connection;
    const outgoing = httpRequest({ socketPath: socket, method, path, headers, agent: false });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
    return promise;
  }
}

export interface Answered {
  status: number;
  headers: IncomingMessage["headers"];
  bytes: Buffer;
  json: unknown;
}

class MemoryLog implements Log {
  readonly lines: string[] = [];
  debug = (fields: object, message: string) => this.#add("debug", fields, message);
  info = (fields: object, message: string) => this.#add("info", fields, message);
  warn = (fields: object, message: string) => this.#add("warn", fields, message);
  error = (fields: object, message: string) => this.#add("error", fields, message);

  #add(level: string, fields: object, message: string): void {
    this.lines.push(JSON.stringify({ level, ...fields, message }));
  }
}
