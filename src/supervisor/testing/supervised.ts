import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { loadConfig } from "../../config/config.ts";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import type { Job } from "../../contract/job.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import { accept, type Result } from "../../contract/problems.ts";
import { Engines } from "../../engines/engines.ts";
import type { FakeAttempt } from "../../engines/testing/fake-attempt.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import { FakeGpuProbe } from "../../gpu/fake-probe.ts";
import type { State } from "../../job/states.ts";
import { Database } from "../../store/database.ts";
import { Store } from "../../store/store.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import type { PlaceOfFile } from "../../system/file-in-place.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "./ordinary-parts.ts";

interface Settings {
  maxRunning?: number;
  gpus?: string[];
  bootId?: string;
  database?: PlaceOfFile;
  env?: NodeJS.ProcessEnv;
}

/** For tests of a verb or of a part: a supervisor with a real database and a fake machine. */
export class Supervised {
  readonly folder: string;
  readonly clock = new FakeClock();
  readonly engine = new FakeEngine();
  readonly gpuProbe = new FakeGpuProbe();
  /** What was logged as an error. A test that expects one takes it out. */
  readonly defects: unknown[] = [];
  store: Store;
  supervisor: RunningSupervisor;

  static async begin(): Promise<Supervised> {
    const server = new Supervised(await mkdtemp(join(tmpdir(), "holdfast-supervise-")));
    await server.supervisor.recover();
    return server;
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.store = this.#openStore();
    this.supervisor = this.#supervise({});
  }

  async end(): Promise<void> {
    this.supervisor.close();
    this.store.close();
    // What still runs finds the database closed, and may say so from here on.
    const found = [...this.defects];
    await rm(this.folder, { recursive: true });
    expect(found).toEqual([]);
  }

  /** A server's start on what is there. */
  async start(settings: Settings = {}): Promise<void> {
    this.supervisor = this.#supervise(settings);
    await this.supervisor.recover();
  }

  async restart(settings: Settings = {}): Promise<void> {
    this.supervisor.close();
    await this.start(settings);
  }

  async submit(request: Partial<JobRequest> = {}, key: string | null = null): Promise<Job> {
    const result = await this.supervisor.submit(
      jobRequest.parse({ command: ["true"], cwd: "/", ...request }),
      key,
    );
    return accepted(result).job;
  }

  /** Waits for the announced change of state, or returns at once if it is there. */
  reaches(id: number, state: State): Promise<Job> {
    return new Promise((resolve) => {
      const sample = async () => {
        const job = accepted(await this.supervisor.show(id));
        if (job.state !== state) return;
        unsubscribe();
        resolve(job);
      };
      const unsubscribe = this.supervisor.subscribe(id, () => void sample());
      void sample();
    });
  }

  async running(request: Partial<JobRequest> = {}): Promise<{ id: number; attempt: FakeAttempt }> {
    const { id } = await this.submit(request);
    await this.reaches(id, "running");
    return { id, attempt: this.engine.of(id) };
  }

  /** The jobs of a list, newest first. */
  async select(selector: string): Promise<Result<number[]>> {
    const all = { states: [], tag: null, name: null, limit: 100, cursor: null };
    const listed = await this.supervisor.list({ ...all, select: selector });
    return listed.ok ? accept(listed.value.jobs.map(({ id }) => id)) : listed;
  }

  statesOf(id: number): string[] {
    return this.store.events
      .after(id, 0, 100)
      .filter(({ type }) => type === "state" || type === "submitted")
      .map(({ state }) => state ?? "");
  }

  emptyAt(empty_ms: number): ExitRecord["times"] {
    const unseen = { main_ended_ms: null, stop_ms: null, term_ms: null, kill_ms: null };
    return { claimed_ms: this.clock.nowMs(), exec_ms: null, ...unseen, empty_ms };
  }

  /** As recorded by a server that is killed before it passes it to the keeper. */
  requestStop({ row }: FakeAttempt, number: number, graceMs: number): void {
    const request = {
      number,
      reason: "cancel",
      graceMs,
      prolong: false,
      atMs: 1,
      client: null,
    } as const;
    this.store.stopRequests.add(row.job, row.id, request);
    this.store.jobs.stopRequested(row.job, "running", request);
  }

  /** As if the last commits had not reached the disk. */
  forgetStart(id: number, ...more: string[]): void {
    this.store.close();
    // Through Holdfast's own door: the rows are sound, and old.
    const db = new Database(join(this.folder, "holdfast.db"));
    db.run("DELETE FROM attempts WHERE job = ?", id);
    db.run(
      "UPDATE jobs SET state = 'queued', attempt = NULL, started_at_ms = NULL WHERE id = ?",
      id,
    );
    for (const sql of more) db.run(sql);
    db.close();
    this.store = this.#openStore();
  }

  #openStore(): Store {
    return new Store({
      path: join(this.folder, "holdfast.db"),
      soon: (callback) => this.clock.soon(callback),
    });
  }

  #supervise(settings: Settings): RunningSupervisor {
    const config = loadConfig({
      HOLDFAST_STATE_DIR: this.folder,
      HOLDFAST_JOBS_MAX_RUNNING: String(settings.maxRunning ?? 10),
      ...settings.env,
    });
    return supervise({
      ...ordinaryParts(),
      store: this.store,
      engines: new Engines(this.clock, this.engine),
      clock: this.clock,
      config: { ...config, paths: { ...config.paths, attemptsDir: this.folder } },
      bootId: settings.bootId ?? "boot-1",
      database: {
        state: () => settings.database ?? "in place",
        now: async () => settings.database ?? "in place",
      },
      gpuUuids: settings.gpus ?? [],
      gpuProbe: this.gpuProbe,
      log: { info() {}, warn() {}, error: (details) => this.defects.push(details) },
    });
  }
}

export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
  return result.value;
}

export function codeOf(result: Result<unknown>): string | null {
  return result.ok ? null : result.refusal.code;
}
