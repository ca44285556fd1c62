import { loadConfig } from "../../config/config.ts";
import { jobRequest, type JobRequest } from "../../contract/job-request.ts";
import type { Job } from "../../contract/job.ts";
import type { LaunchAnswer, LaunchTicket } from "../../engines/engine.ts";
import { Engines } from "../../engines/engines.ts";
import type { FakeAttempt } from "../../engines/testing/fake-attempt.ts";
import { FakeEngine } from "../../engines/testing/fake-engine.ts";
import { isTerminal } from "../../job/states.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { Store } from "../../store/store.ts";
import type { Timer } from "../../system/clock.ts";
import { FakeClock } from "../../system/fake-clock.ts";
import { Allocations } from "../queue/allocations.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "./ordinary-parts.ts";

/** No two timers fire at the same moment: each is a little later than it was set for, as real ones are. */
class LateClock extends FakeClock {
  #late = 0;

  override after(delayMs: number, callback: () => void): Timer {
    this.#late = (this.#late + 1) % 5;
    return super.after(delayMs + this.#late, callback);
  }
}

/** A machine that records what it is asked to run: the truth that allocations are compared with. */
class WatchfulEngine extends FakeEngine {
  maxRunning = 0;
  readonly complaints: string[] = [];
  readonly #launching = new Map<string, AttemptRow>();
  readonly #gates = { ready: openGate(), launch: openGate() };

  /** Until `answer`, launches hang: before they are on record, or at the keeper. */
  hold(at: "ready" | "launch"): void {
    this.#gates[at].open();
    this.#gates[at] = closedGate();
  }

  answer(): void {
    for (const gate of Object.values(this.#gates)) gate.open();
  }

  override async ready(): Promise<void> {
    await this.#gates.ready.passed;
    return await super.ready();
  }

  override async launch(ticket: LaunchTicket): Promise<LaunchAnswer> {
    const row = ticket.attempt;
    for (const other of this.holders())
      for (const uuid of row.gpuUuids)
        if (other.gpuUuids.includes(uuid))
          this.complaints.push(`${uuid} was given to job ${other.job} and to job ${row.job}`);
    const inUse = this.holders().length + 1;
    if (inUse > this.maxRunning)
      this.complaints.push(`${inUse} of ${this.maxRunning} slots in use`);
    this.#launching.set(row.id, row);
    try {
      await this.#gates.launch.passed;
      return await super.launch(ticket);
    } finally {
      this.#launching.delete(row.id);
    }
  }

  /** Attempts that have processes, or are just being started. */
  holders(): AttemptRow[] {
    const living = [...this.attempts.values()]
      .filter(({ keeperAlive, survivors }) => keeperAlive || survivors.length > 0)
      .map(({ row }) => row);
    return [...this.#launching.values(), ...living];
  }
}

interface Gate {
  passed: Promise<void>;
  open(): void;
}

function closedGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

function openGate(): Gate {
  const gate = closedGate();
  gate.open();
  return gate;
}

interface Machine {
  gpus: readonly string[];
  maxRunning: number;
}

/** For tests: a supervisor over a machine with few slots and GPUs, where launches fail and timers are late. */
export class AllocationModel {
  readonly engine = new WatchfulEngine();
  readonly clock = new LateClock();
  readonly store: Store;
  readonly jobs: number[] = [];
  supervisor: RunningSupervisor;
  readonly #folder: string;
  #machine: Machine;
  #settled = false;

  static async begin(folder: string, machine: Machine): Promise<AllocationModel> {
    const model = new AllocationModel(folder, machine);
    await model.supervisor.recover();
    return model;
  }

  private constructor(folder: string, machine: Machine) {
    this.#folder = folder;
    this.#machine = machine;
    this.store = new Store({ path: ":memory:", soon: (callback) => this.clock.soon(callback) });
    this.supervisor = this.#supervise();
  }

  /** As the running server sees it. */
  get allocations(): Allocations {
    return new Allocations(() => this.store);
  }

  async submit(request: Partial<JobRequest> = {}): Promise<number> {
    const result = await this.supervisor.submit(
      jobRequest.parse({ command: ["true"], cwd: "/", ...request }),
      null,
    );
    if (!result.ok) throw new Error(`refused: ${result.refusal.code}`);
    await this.quiet();
    this.jobs.push(result.value.job.id);
    return result.value.job.id;
  }

  async show(id: number): Promise<Job> {
    const result = await this.supervisor.show(id);
    if (!result.ok) throw new Error(`job ${id} is gone`);
    return result.value;
  }

  /** The next launch is refused. */
  refuseLaunch(errno: string): void {
    this.engine.answers.push({ kind: "failed", stage: "fork", errno });
  }

  /** Timer by timer: what one sets going is done before the next one fires. */
  async passes(ms: number): Promise<void> {
    const endMs = this.clock.monotonicMs() + ms;
    for (let leftMs = ms; leftMs > 0; leftMs = endMs - this.clock.monotonicMs()) {
      this.clock.advance(Math.min(leftMs, this.clock.nextTimerMs ?? leftMs));
      await this.quiet();
    }
  }

  /** The attempt that lives of a job. */
  living(id: number): FakeAttempt | undefined {
    return [...this.engine.attempts.values()].findLast(
      ({ row, keeperAlive }) => row.job === id && keeperAlive,
    );
  }

  async restart(machine: Partial<Machine> = {}): Promise<void> {
    this.engine.answer();
    await this.quiet();
    this.supervisor.close();
    await this.quiet();
    this.#machine = { ...this.#machine, ...machine };
    this.supervisor = this.#supervise();
    const recovery = { over: false };
    void this.supervisor.recover().finally(() => {
      recovery.over = true;
    });
    for (let turn = 1; !recovery.over; turn += 1) {
      await this.#turn();
      if (turn % 200 === 0) this.clock.advance(500);
    }
    await this.quiet();
  }

  /** Everything goes well from now on: every job must come to its end, so nothing may still be held. */
  async settle(): Promise<string[]> {
    const { engine } = this;
    if (this.#settled) return engine.complaints;
    engine.answers.length = 0;
    engine.prepareError = null;
    engine.readyError = null;
    engine.answer();
    await this.quiet();
    for (let round = 0; round < 40; round += 1) {
      for (const attempt of engine.attempts.values()) {
        attempt.survivors = [];
        if (attempt.keeperAlive) attempt.end();
      }
      for (const id of this.jobs)
        if (this.#stateOf(id) === "held") await this.supervisor.release(id);
      await this.passes(10_000);
      if (this.jobs.every((id) => isTerminal(this.#stateOf(id) ?? "lost"))) break;
    }
    for (const id of this.jobs) {
      const state = this.#stateOf(id);
      if (state !== null && !isTerminal(state))
        this.engine.complaints.push(`job ${id} is still ${state}`);
    }
    this.supervisor.close();
    this.store.close();
    this.#settled = true;
    return this.engine.complaints;
  }

  /** Until nothing happens any more unless the clock advances. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 25; turn += 1) await this.#turn();
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.clock.soon(resolve);
    });
  }

  #stateOf(id: number): Job["state"] | null {
    return this.store.jobs.get(id)?.state ?? null;
  }

  #supervise(): RunningSupervisor {
    const { gpus, maxRunning } = this.#machine;
    this.engine.maxRunning = maxRunning;
    const config = loadConfig({
      HOLDFAST_STATE_DIR: this.#folder,
      HOLDFAST_JOBS_MAX_RUNNING: String(maxRunning),
    });
    return supervise({
      ...ordinaryParts(),
      store: this.store,
      engines: new Engines(this.clock, this.engine),
      clock: this.clock,
      config: { ...config, paths: { ...config.paths, attemptsDir: this.#folder } },
      gpuUuids: gpus,
    });
  }
}
