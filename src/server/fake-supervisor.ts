import type { JobEvent } from "../contract/event.ts";
import type { EventType } from "../job/event-types.ts";
import type { JobProcesses } from "../contract/job-process.ts";
import type { Job } from "../contract/job.ts";
import type { ValidJobRequest } from "../contract/job-request.ts";
import { accept, refuse, type Refusal, type Result } from "../contract/problems.ts";
import type { Receipt } from "../contract/receipt.ts";
import type { Gpus } from "../contract/gpus.ts";
import type { Health } from "../contract/server.ts";
import { isTerminal, type State } from "../job/states.ts";
import type { RequestingClient } from "../job/stop-request.ts";
import type { JobQuery } from "../reading/job-query.ts";
import type { EventQuery } from "../reading/reads.ts";
import type {
  OutputLog,
  OutputStream,
  Supervisor,
  WhichAttempt,
} from "../supervisor/supervisor.ts";

const atMs = 1_790_000_000_000;

/**
 * A supervisor in memory, for tests of the border: it keeps jobs and events and
 * starts nothing. A test says what it refuses (`refusals`) or breaks (`defects`).
 */
export class FakeSupervisor implements Supervisor {
  readonly jobs = new Map<number, Job>();
  readonly logs = new Map<number, OutputLog>();
  readonly receipts = new Map<number, Receipt>();
  readonly stored: JobEvent[] = [];
  /** Until which seq events are missing. */
  pruned = 0;
  readonly refusals = new Map<keyof Supervisor, Refusal>();
  readonly defects = new Map<keyof Supervisor, Error>();
  readonly queries: JobQuery[] = [];
  /** Called with every verb and its arguments. */
  readonly calls: [string, ...unknown[]][] = [];
  readonly #keys = new Map<string, number>();
  readonly #listeners = new Map<(event: JobEvent) => void, number | null>();
  status: Health["status"] = "ok";
  gpusSeen: Gpus = {
    takenAtMs: atMs,
    tookMs: 0,
    probe: {
      source: "none",
      state: "unavailable",
      reason: "a test",
      code: null,
      failures: 0,
      stuckPids: [],
    },
    driverVersion: null,
    libraryVersion: null,
    gpus: [],
    unplacedHolders: [],
    holderSight: {
      searched: false,
      initialPidNamespace: null,
      unreadable: 0,
      complete: false,
      reason: "a test",
    },
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Stores an event and publishes it, as after a commit. */
  emit(jobId: number, type: EventType, data: Record<string, unknown> = {}): void {
    this.storeSilently(jobId, type, data)();
  }

  /** Stores an event; returns the function that publishes it. */
  storeSilently(jobId: number, type: EventType, data: Record<string, unknown> = {}): () => void {
    const state = this.jobs.get(jobId)?.state ?? null;
    const event = { seq: this.stored.length + 1, jobId, atMs, type, state, data };
    this.stored.push(event);
    return () => this.#publish(event);
  }

  /** Publishes an event that is not stored. */
  pass(jobId: number, data: Record<string, unknown>): void {
    this.#publish({ seq: null, jobId, atMs, type: "live", state: null, data });
  }

  /** Moves a job on and publishes that. */
  move(jobId: number, to: State): void {
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new Error(`no job ${jobId}`);
    this.jobs.set(jobId, { ...job, state: to });
    const log = this.logs.get(jobId);
    if (log !== undefined) this.logs.set(jobId, { ...log, complete: isTerminal(to) });
    this.emit(jobId, "state", { from: job.state, to });
  }

  async submit(request: ValidJobRequest, key: string | null) {
    this.#note("submit", request, key);
    const no = this.#no("submit");
    if (no !== null) return no;
    const known = key === null ? undefined : this.jobs.get(this.#keys.get(key) ?? 0);
    if (known !== undefined) return accept({ job: known, replayed: true });
    const job = queuedJob(this.jobs.size + 1, request);
    this.jobs.set(job.id, job);
    if (key !== null) this.#keys.set(key, job.id);
    this.emit(job.id, "submitted");
    return accept({ job, replayed: false });
  }

  cancel = async (
    id: number,
    graceMs: number | null,
    _client?: RequestingClient | null,
    onlyIn?: readonly State[] | null,
  ) => this.#verb("cancel", id, graceMs, ...(onlyIn ? [onlyIn] : []));
  kill = async (id: number, _client?: RequestingClient | null, onlyIn?: readonly State[] | null) =>
    this.#verb("kill", id, ...(onlyIn ? [onlyIn] : []));
  hold = async (id: number) => this.#verb("hold", id);
  release = async (id: number) => this.#verb("release", id);
  pause = async (id: number) => this.#verb("pause", id);
  resume = async (id: number) => this.#verb("resume", id);
  retry = async (id: number) => this.#verb("retry", id);
  adopt = async ({ pid }: { pid: number }) => refuse("no_such_target", { what: `no ${pid}` });

  async remove(id: number): Promise<Result<null>> {
    const found = this.#verb("remove", id);
    if (!found.ok) return found;
    this.jobs.delete(id);
    this.logs.delete(id);
    return accept(null);
  }

  async show(id: number): Promise<Result<Job>> {
    return this.#no("show") ?? this.#find(id);
  }

  prunedUntil(): number {
    return this.pruned;
  }

  async list(query: JobQuery) {
    this.queries.push(query);
    return (
      this.#no("list") ??
      accept({
        jobs: [...this.jobs.values()].slice(0, query.limit),
        nextCursor: null,
        eventsAfter: this.stored.length,
      })
    );
  }

  async receipt(id: number): Promise<Result<Receipt>> {
    const receipt = this.receipts.get(id);
    return this.#no("receipt") ?? (receipt === undefined ? refuse("no_receipt") : accept(receipt));
  }

  async attempts(id: number) {
    const found = this.#find(id);
    return found.ok ? accept({ attempts: [] }) : found;
  }

  async processes(id: number): Promise<Result<JobProcesses>> {
    return this.#no("processes") ?? accept({ jobId: id, processes: [] });
  }

  async output(
    id: number,
    _stream?: OutputStream,
    _which?: WhichAttempt,
  ): Promise<Result<OutputLog>> {
    const log = this.logs.get(id);
    return this.#no("output") ?? (log === undefined ? noSuchJob(id) : accept(log));
  }

  async listText(query: JobQuery, _signal?: AbortSignal): Promise<Result<string>> {
    const page = await this.list(query);
    return page.ok ? accept(JSON.stringify(page.value)) : page;
  }

  async events({ job, after, limit }: EventQuery): Promise<JobEvent[]> {
    return this.stored
      .filter((event) => (event.seq ?? 0) > after && (job ?? event.jobId) === event.jobId)
      .slice(0, limit);
  }

  lastSeq(job: number | null = null): number {
    return this.stored.findLast(({ jobId }) => (job ?? jobId) === jobId)?.seq ?? 0;
  }

  subscribe(jobId: number | null, listener: (event: JobEvent) => void): () => void {
    this.#listeners.set(listener, jobId);
    return () => void this.#listeners.delete(listener);
  }

  async gpus(): Promise<Gpus> {
    this.#note("gpus");
    return this.gpusSeen;
  }

  async health(): Promise<Health> {
    return {
      status: this.status,
      pid: process.pid,
      pidNamespace: 4_026_531_836,
      stateFolder: "in place",
      abandoned: [],
      version: "0.0.0-test",
      startedAtMs: atMs,
      stateDir: "/state",
      runtimeDir: "/run",
      logFile: "/state/server.log",
      tier: "subreaper",
      tierWhy: "a test",
      limits: [],
      gpus: 0,
      jobs: { running: this.jobs.size },
      recovery: { total: 0, done: 0 },
      warnings: [],
    };
  }

  #publish(event: JobEvent): void {
    for (const [listener, jobId] of this.#listeners)
      if (jobId === null || jobId === event.jobId) listener(event);
  }

  #note(verb: string, ...details: unknown[]): void {
    this.calls.push([verb, ...details]);
  }

  #verb(verb: keyof Supervisor, id: number, ...details: unknown[]): Result<Job> {
    this.#note(verb, id, ...details);
    return this.#no(verb) ?? this.#find(id);
  }

  #find(id: number): Result<Job> {
    const job = this.jobs.get(id);
    return job === undefined ? noSuchJob(id) : accept(job);
  }

  #no(verb: keyof Supervisor): { ok: false; refusal: Refusal } | null {
    const defect = this.defects.get(verb);
    if (defect !== undefined) throw defect;
    const refusal = this.refusals.get(verb);
    return refusal === undefined ? null : { ok: false, refusal };
  }
}

function noSuchJob(id: number) {
  return refuse("no_such_job", { selector: id });
}

function queuedJob(id: number, request: ValidJobRequest): Job {
  const { env, name = null, limitMs = null, graceMs = 10_000, leaseMs = null, ...rest } = request;
  const { outputQuotaBytes = null, stopScope = "all", ...asked } = rest;
  return {
    id,
    state: "queued",
    reason: null,
    message: null,
    spec: {
      ...asked,
      name,
      limitMs,
      graceMs,
      leaseMs,
      outputQuotaBytes,
      stopScope,
      envNames: Object.keys(env),
      rlimits: { ...asked.rlimits },
    },
    createdAtMs: atMs,
    startedAtMs: null,
    endedAtMs: null,
    waiting: null,
    attempt: null,
    limits: [],
    stopping: null,
    outcome: null,
    progress: null,
    retryOf: null,
    heldGpus: [],
  };
}
