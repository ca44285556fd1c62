import { expect } from "vitest";
import type { KeeperListener } from "../../containment/keeper-link.ts";
import { sealHashOf } from "../../containment/seal.ts";
import { jobRequest } from "../../contract/job-request.ts";
import type { ExitRecord, KeeperStatus } from "../../contract/keeper.ts";
import type { JobSpec } from "../../job/spec.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Engine, LaunchAnswer, Link } from "../engine.ts";

/** An engine, and what a test does to its attempts from outside. */
export interface EngineStage<E extends Engine = Engine> {
  engine: E;
  bootId: string;
  /** A command that runs until `endMain` ends it with that code. Ends at SIGTERM. */
  command(attempt: AttemptRow): string[];
  endMain(attempt: AttemptRow, code: number): Promise<void>;
  /** Ends the payload as the keeper asks; on a real machine that needs no help. */
  endAsAsked(attempt: AttemptRow): Promise<void>;
  /** How often its payload was executed. */
  starts(attempt: AttemptRow): Promise<number>;
  /** Ends whatever the test has left. */
  clear(): Promise<void>;
}

export const seal = "0123456789abcdef0123456789abcdef";
export const nonce = "fedcba9876543210fedcba9876543210";

/** A running attempt, and what its keeper reports. */
export interface Running {
  attempt: AttemptRow;
  heard: Heard;
  link: Link;
}

/** The steps of a launch, as a supervisor takes them. */
export class Launcher {
  readonly #stage: EngineStage;

  constructor(stage: EngineStage) {
    this.#stage = stage;
  }

  async row(): Promise<AttemptRow> {
    const { engine, bootId } = this.#stage;
    const id = crypto.randomUUID();
    const row: AttemptRow = {
      id,
      job: 1,
      number: 1,
      engine: engine.name,
      nonce,
      sealHash: sealHashOf(seal),
      distrusted: false,
      bootId,
      namespace: null,
      tier: "best effort",
      cgroup: null,
      cgroupAlso: [],
      limits: [],
      gpuUuids: [],
      createdAtMs: 1_790_000_000_000,
      claim: null,
      startedAtMs: null,
      endedAtMs: null,
    };
    return { ...row, ...(await engine.plan(id, this.#specOf(row))) };
  }

  async prepared(): Promise<AttemptRow> {
    const { engine } = this.#stage;
    await engine.ready();
    const attempt = await this.row();
    const { env, ...rest } = this.#specOf(attempt);
    await engine.prepare(attempt, { ...rest, envNames: Object.keys(env) });
    await engine.flush(attempt);
    return attempt;
  }

  /** What only this machine needs before a launch. */
  async contain(attempt: AttemptRow): Promise<void> {
    await this.#stage.engine.machine?.containment.contain(attempt, this.#specOf(attempt));
  }

  launch(attempt: AttemptRow): Promise<LaunchAnswer> {
    return this.#stage.engine.launch({ attempt, spec: this.#specOf(attempt), seal });
  }

  async attached(attempt: AttemptRow): Promise<Running> {
    const heard = new Heard();
    const link = await this.#stage.engine.attach(attempt, heard);
    if (link === null) throw new Error("no keeper answers for a running attempt");
    return { attempt, heard, link };
  }

  async running(): Promise<Running> {
    const attempt = await this.prepared();
    await this.contain(attempt);
    expect(await this.launch(attempt)).toMatchObject({ kind: "ready" });
    return await this.attached(attempt);
  }

  #specOf(attempt: AttemptRow): JobSpec {
    const command = this.#stage.command(attempt);
    const { name, engine: _, ...request } = jobRequest.parse({ command, cwd: "/" });
    return {
      ...request,
      name: name ?? null,
      env: { PATH: "/usr/bin:/bin" },
      limitMs: null,
      graceMs: 10_000,
      stopScope: "all",
      leaseMs: null,
      outputQuotaBytes: null,
      rlimits: {},
    };
  }
}

/** What a keeper reported, as promises. */
export class Heard implements KeeperListener {
  readonly statuses: KeeperStatus[] = [];
  readonly #ended = Promise.withResolvers<ExitRecord>();
  readonly #closed = Promise.withResolvers<void>();

  get ended(): Promise<ExitRecord> {
    return this.#ended.promise;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  onStatus(status: KeeperStatus): void {
    this.statuses.push(status);
  }

  onEnded({ exit }: { exit: ExitRecord }): void {
    this.#ended.resolve(exit);
  }

  onClose(): void {
    this.#closed.resolve();
  }
}
