import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { RefusalError } from "../../src/contract/problems.ts";
import type { KeeperClaim } from "../../src/contract/keeper.ts";
import type { Job, JobRequest, Receipt } from "../../src/client/client.ts";
import { isPassing } from "../../src/client/following.ts";
import { isTerminal, type State } from "../../src/job/states.ts";
import { fromEvents, untilLines, untilTerminal } from "../containment/observation.ts";
import { PrivateServer } from "../containment/private-server.ts";
import { endHolders, listHeld, makeWitnessDir } from "../fixtures/witness.ts";
import { realKeeper, signalArguments } from "./points.ts";
import { requestFor, type PayloadName } from "./payloads.ts";

const run = promisify(execFile);

/** What is true at the end of a case. */
export interface Findings {
  state: State;
  outcome: Job["outcome"];
  receipt: Receipt;
  /** Of each attempt that executed something. */
  attempts: Receipt[];
  /** How often the payload ran, by its own record. */
  runs: number;
}

/** The server that is killed, its one job, the payload's own record and the witness. */
export class CrashStage {
  readonly server: PrivateServer;
  readonly #witnessDir: string;
  /** Of the job; null while no server has acknowledged it. */
  #id: number | null = null;
  #payload: PayloadName = "short";
  #more: Partial<JobRequest> = {};

  static async set(cgroup = "auto"): Promise<CrashStage> {
    return new CrashStage(new PrivateServer({ cgroup }), await makeWitnessDir());
  }

  private constructor(server: PrivateServer, witnessDir: string) {
    this.server = server;
    this.#witnessDir = witnessDir;
  }

  get id(): number {
    if (this.#id === null) throw new Error("no server has acknowledged the job");
    return this.#id;
  }

  /** Submits the one job. A lost answer leaves it unacknowledged: `again` asks with the same key. */
  async submit(payload: PayloadName, more: Partial<JobRequest> = {}): Promise<void> {
    this.#payload = payload;
    this.#more = more;
    await this.attempt(async () => {
      const request = { ...requestFor(payload, this.#places), ...more };
      const { job } = await this.server.client.submit(request, "the-only-one");
      this.#id = job.id;
    });
  }

  /** Makes a request that the server may be killed before answering. */
  async attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      const full = error instanceof RefusalError && error.refusal.code === "storage_full";
      if (!full && !isPassing(error)) throw error;
    }
  }

  /** A verb on the job that may be answered, refused because it was already done, or not answered. */
  steer(verb: "cancel" | "hold" | "release" | "pause" | "resume" | "remove"): Promise<void> {
    return this.attempt(async () => {
      try {
        await this.server.client[verb](this.id);
      } catch (error) {
        const code = error instanceof RefusalError ? error.refusal.code : null;
        if (code !== "already_ended" && code !== "not_allowed_now" && code !== "no_such_job")
          throw error;
      }
    });
  }

  /** What a client does whose submission was never answered. */
  async submitAgain(): Promise<void> {
    if (this.#id === null) await this.submit(this.#payload, this.#more);
  }

  /** Resolves when the payload has all its processes in place, or the server is dead. */
  ready(): Promise<unknown> {
    return this.#unlessDead((signal) =>
      untilLines(this.server.connection, this.id, (lines) => lines.includes("ready"), signal),
    );
  }

  /** Resolves when the job has ended, or the server is dead. */
  ended(): Promise<unknown> {
    return this.#unlessDead((signal) =>
      fromEvents(
        this.server.connection,
        this.id,
        ({ state }) => (state !== null && isTerminal(state) ? state : undefined),
        signal,
      ),
    );
  }

  /** Resolves when the server knows again of everything that is there. */
  async recovered(): Promise<void> {
    while ((await this.server.client.health()).status !== "ok") await delay(5);
  }

  async #unlessDead(wait: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const waiting = wait(over.signal).catch((error: unknown) => {
      if (!over.signal.aborted) throw error;
    });
    await Promise.race([waiting, this.server.untilDead()]);
    over.abort();
  }

  /** The keeper is killed, by its recorded identity. */
  async killKeeper(): Promise<void> {
    const [name = ""] = readdirSync(join(this.server.stateDir, "attempts"));
    const text = readFileSync(join(this.server.stateDir, "attempts", name, "keeper.json"), "utf8");
    const { boot_id: boot, keeper } = JSON.parse(text) as KeeperClaim;
    await run(realKeeper, signalArguments("KILL", boot, keeper));
  }

  /** Ends the payload's processes from outside Holdfast. */
  endPayload(): Promise<void> {
    return endHolders(this.#witnessDir);
  }

  /** The end as server and receipts report it. Throws if anything lives at that moment. */
  async findings(): Promise<Findings> {
    await untilTerminal(this.server.connection, this.id);
    const living = await listHeld(this.#witnessDir);
    if (living.length > 0)
      throw new Error(`a false end, there lives: ${living.map(({ name }) => name).join(", ")}`);
    const { state, outcome } = await this.server.client.show(this.id);
    const receipt = await this.server.client.receipt(this.id);
    const attempts = await this.#receipts();
    return { state, outcome, receipt, attempts, runs: this.runs };
  }

  async #receipts(): Promise<Receipt[]> {
    const { client } = this.server;
    const all = await client.attempts(this.id);
    const executed = all.filter(({ state }) => state !== null);
    return Promise.all(executed.map(({ number }) => client.receipt(this.id, number)));
  }

  get runs(): number {
    const { runs } = this.#places;
    return existsSync(runs) ? readFileSync(runs, "utf8").trim().split("\n").length : 0;
  }

  /** Folders and groups of attempts that are no longer needed. */
  leavings(): string[] {
    const folders = readdirSync(join(this.server.stateDir, "attempts"));
    return [...this.server.groups(), ...folders];
  }

  async clear(): Promise<void> {
    await this.server.end();
    await endHolders(this.#witnessDir);
    await rm(this.#witnessDir, { recursive: true, force: true });
  }

  get #places() {
    return { runs: join(this.server.folder, "runs"), witnessDir: this.#witnessDir };
  }
}
