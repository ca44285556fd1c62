import { readFileSync } from "node:fs";
import type { KeeperListener } from "../containment/keeper-link.ts";
import type { LimitedSpec } from "../containment/limits.ts";
import type { EndedOrphans, LaunchAnswer } from "../containment/spawner.ts";
import { isSealed } from "../containment/seal.ts";
import type { Survivor } from "../containment/survivors.ts";
import type { Obstacle } from "../contract/stopping.ts";
import type { ExitRecord, KeeperClaim, KeeperStatus, ProcessIdentity } from "../contract/keeper.ts";
import { type AppliedLimit, wantedLimits } from "../job/limits.ts";
import type { JobSpec } from "../job/spec.ts";
import type { Sight } from "../processes/pid-namespace.ts";
import type { RecalledAttempt } from "../containment/recalled.ts";
import type { AttemptRow, StoredSpec } from "../store/rows.ts";
import type { ContainerSpec } from "../job/container.ts";
import type {
  Contained,
  ContainerRound,
  Engine,
  Evidence,
  Link,
  Sweep,
  WhyStuck,
  HeldUpPart,
} from "./engine.ts";

const examples = new URL("../../native/keeper/examples/", import.meta.url);
const exampleExit = JSON.parse(readFileSync(new URL("exit.json", examples), "utf8")) as ExitRecord;
const exampleClaim = JSON.parse(
  readFileSync(new URL("keeper.json", examples), "utf8"),
) as KeeperClaim;

/** One attempt of the fake machine: what a keeper would hold, and levers for a test. */
export class FakeAttempt {
  readonly row: AttemptRow;
  readonly spec: JobSpec;
  readonly seal: string;
  readonly claim: KeeperClaim;
  exit: ExitRecord | null = null;
  keeperAlive = true;
  /** The keeper lives, is stopped by a signal, and does not answer. */
  silent = false;
  voided = false;
  survivors: Survivor[] = [];
  /** What the process that had started its keeper reaped. */
  endedOrphans: EndedOrphans | null = null;
  /** The requests that the keeper got, in order. */
  readonly said: string[] = [];
  /** Why it does not prolong a stop; null: it does. */
  notProlonged: string | null = null;
  answersStops = true;
  /** What it was asked by a signal, in order. */
  readonly roused: ("listen" | "stop")[] = [];
  listener: KeeperListener | null = null;
  status: KeeperStatus;

  constructor(row: AttemptRow, spec: JobSpec, seal: string) {
    this.row = row;
    this.seal = seal;
    this.spec = spec;
    this.claim = {
      ...exampleClaim,
      attempt: row.id,
      nonce: row.nonce,
      boot_id: row.bootId,
      claimed_at_ms: row.createdAtMs,
    };
    this.status = {
      t: "status",
      attempt: row.id,
      phase: "running",
      paused: false,
      main: { pid: 812, alive: true },
      reason: null,
      stop_age_ms: null,
      kill_in_ms: null,
      stops_heard: 0,
      total: 1,
      left: 1,
      survivors: [],
    };
  }

  /** As a server with that row reads it. */
  exitOnDisk({ sealHash, distrusted }: AttemptRow): ExitRecord | "unreadable" | null {
    if (this.exit === null || sealHash === null) return this.exit;
    return !distrusted && isSealed(this.exit, sealHash) ? this.exit : "unreadable";
  }

  /** The keeper reports its status. */
  tell(change: Partial<KeeperStatus>): void {
    this.status = { ...this.status, ...change };
    this.listener?.onStatus(this.status);
  }

  /** The keeper has seen that nothing lives, and its record is durable. */
  end(change: Partial<ExitRecord> = {}): void {
    this.exit = this.#exit(change);
    this.keeperAlive = false;
    this.listener?.onEnded({ t: "ended", durable: true, exit: this.exit });
    this.disconnect();
  }

  /** The same, and the disk takes no record of it. */
  endWithoutRecord(change: Partial<ExitRecord> = {}): void {
    this.listener?.onEnded({ t: "ended", durable: false, exit: this.#exit(change) });
  }

  #exit(change: Partial<ExitRecord>): ExitRecord {
    return {
      ...exampleExit,
      attempt: this.row.id,
      boot_id: this.row.bootId,
      seal: this.seal,
      reason: "exited",
      main: { pid: 812, code: 0, signal: null, core: false },
      ...change,
    };
  }

  /** Another process kills the keeper. */
  lose(survivors: Survivor[] = []): void {
    this.keeperAlive = false;
    this.survivors = survivors;
    this.disconnect();
  }

  /** The connection breaks; whether the keeper lives is `keeperAlive`. */
  disconnect(): void {
    const { listener } = this;
    this.listener = null;
    listener?.onClose();
  }
}

/** A private machine: launches succeed at once unless a test changes that, and nothing happens without a call. */
export class FakeEngine implements Engine {
  readonly tier = "cgroup";
  readonly tierWhy = "a fake";
  readonly limits = [];
  readonly cpus = "0-7";
  /** How its limits are applied; by what it is that is limited. Everything by a file of that name. */
  readonly ways: Partial<Record<string, string>> = {};
  /** What the kernel refuses when the groups are made, though it was planned otherwise. */
  readonly refused = new Set<string>();
  readonly attempts = new Map<string, FakeAttempt>();
  /** Foreign processes that there are, by pid. */
  readonly foreign = new Map<number, ProcessIdentity>();
  /** What `prepare` recorded, until it is discarded. */
  readonly prepared = new Map<string, RecalledAttempt>();
  readonly discarded: string[] = [];
  readonly sweeps: string[] = [];
  /** What the next launches are answered; `ready` when there is none left. */
  readonly answers: LaunchAnswer[] = [];
  /** Called before a launch is answered: to delay it, or to do something in between. */
  beforeAnswer: () => Promise<void> = async () => undefined;
  /** What the next inspections of a container find; when none is left, that it is gone. */
  readonly containers: Partial<ContainerRound>[] = [];
  readonly settled: string[] = [];
  readonly stacks = new Map<number, string[]>();
  goingDown = false;
  readonly obstacles = new Map<number, Obstacle>();
  /** By attempt. */
  readonly held = new Map<string, HeldUpPart>();
  readyError: Error | null = null;
  prepareError: Error | null = null;
  flushError: Error | null = null;
  /** What the next inspections of an attempt fail with. */
  readonly inspectErrors: Error[] = [];
  sight: Sight = "here";
  /** Null: `sight` says it for all. */
  bootId: string | null = null;

  folderOf(attempt: string): string {
    return `/nonexistent/${attempt}`;
  }

  groupFor(attempt: string): string {
    return `/sys/fs/cgroup/fake/${attempt}`;
  }

  groupsAlsoFor(): string[] {
    return [];
  }

  planLimits(spec: LimitedSpec): AppliedLimit[] {
    return wantedLimits(spec.limits, spec.cpus).map(({ what, wanted }) => ({
      what,
      wanted,
      how: this.ways[what] ?? what,
      why: null,
    }));
  }

  async contain(_row: AttemptRow, spec: LimitedSpec): Promise<Contained> {
    for (const what of this.refused) this.ways[what] = "not applied";
    return { limits: this.planLimits(spec), cgroupAlso: [] };
  }

  async ready(): Promise<void> {
    if (this.readyError !== null) throw this.readyError;
  }

  async prepare(attempt: AttemptRow, { command, cwd }: StoredSpec): Promise<void> {
    if (this.prepareError !== null) throw this.prepareError;
    this.prepared.set(attempt.id, { ...attempt, command, cwd });
  }

  async flush(): Promise<void> {
    if (this.flushError !== null) throw this.flushError;
  }

  async launch(row: AttemptRow, spec: JobSpec, seal: string): Promise<LaunchAnswer> {
    const usual: LaunchAnswer = this.attempts.has(row.id)
      ? { kind: "void" }
      : { kind: "ready", keeperPid: 811 };
    const answer = this.answers.shift() ?? usual;
    if (answer.kind === "ready") this.attempts.set(row.id, new FakeAttempt(row, spec, seal));
    await this.beforeAnswer();
    return answer;
  }

  async attach(row: AttemptRow, listener: KeeperListener): Promise<Link | null> {
    const attempt = this.attempts.get(row.id);
    if (attempt === undefined || !attempt.keeperAlive || attempt.silent) return null;
    attempt.listener = listener;
    listener.onStatus(attempt.status);
    const say = (words: string) => void attempt.said.push(words);
    return {
      stop: async (reason, graceMs, numbered) => {
        const { number, prolong } = numbered ?? { number: 0, prolong: false };
        if (number > 0 && number <= (attempt.status.stops_heard ?? 0)) return null;
        attempt.status.stops_heard = Math.max(number, attempt.status.stops_heard ?? 0);
        say(`stop ${reason} ${graceMs}${prolong ? " prolong" : ""}`);
        if (!attempt.answersStops) return new Promise(() => undefined);
        return prolong ? attempt.notProlonged : null;
      },
      pause: () => say("pause"),
      resume: () => say("resume"),
      lease: () => say("lease"),
      close: () => {
        attempt.listener = null;
      },
    };
  }

  async inspect(row: AttemptRow): Promise<Evidence> {
    const error = this.inspectErrors.shift();
    if (error !== undefined) throw error;
    const attempt = this.attempts.get(row.id);
    return {
      folder: this.prepared.has(row.id),
      claimedBefore: row.claim !== null || row.damaged?.includes("claim") === true,
      claim: attempt === undefined ? null : attempt.voided ? "void" : attempt.claim,
      exit: attempt === undefined ? null : attempt.exitOnDisk(row),
      sight: this.sightOf(row),
      keeperAlive: attempt?.keeperAlive ?? false,
    };
  }

  sealedExitOf(row: AttemptRow): ExitRecord | null {
    const exit = this.attempts.get(row.id)?.exitOnDisk(row) ?? null;
    return row.sealHash === null || exit === "unreadable" ? null : exit;
  }

  sightOf(row: AttemptRow): Sight {
    if (this.bootId === null) return this.sight;
    return row.bootId === this.bootId ? "here" : "restarted";
  }

  isPopulated(row: AttemptRow): boolean | null {
    return (this.attempts.get(row.id)?.survivors.length ?? 0) > 0;
  }

  async recall(attempt: string): Promise<RecalledAttempt | null> {
    const row = this.prepared.get(attempt);
    return row === undefined ? null : { ...row, claim: null, sealHash: null };
  }

  async identify(pid: number): Promise<ProcessIdentity | null> {
    return this.foreign.get(pid) ?? null;
  }

  async readClaim(row: AttemptRow): Promise<KeeperClaim | null> {
    const attempt = this.attempts.get(row.id);
    return attempt === undefined || attempt.voided ? null : attempt.claim;
  }

  async void(row: AttemptRow): Promise<boolean> {
    if (this.attempts.has(row.id)) return false;
    const attempt = new FakeAttempt(row, {} as JobSpec, "");
    attempt.voided = true;
    attempt.keeperAlive = false;
    this.attempts.set(row.id, attempt);
    return true;
  }

  async sweep(row: AttemptRow): Promise<Sweep> {
    this.sweeps.push(row.id);
    const attempt = this.attempts.get(row.id);
    const left = (attempt?.survivors ?? []).map(({ identity, comm, state, ties }) => ({
      identity,
      comm,
      state,
      ties,
      denied: this.obstacles.get(identity.pid)?.kind === "other_user",
    }));
    return { left, proven: left.length === 0, by: left.length === 0 ? ["group"] : [] };
  }

  endedOrphansOf(row: AttemptRow): EndedOrphans | null {
    return this.attempts.get(row.id)?.endedOrphans ?? null;
  }

  search(row: AttemptRow): Survivor[] {
    return this.attempts.get(row.id)?.survivors ?? [];
  }

  async rouse(row: AttemptRow, to: "listen" | "stop"): Promise<void> {
    this.attempts.get(row.id)?.roused.push(to);
  }

  keeperPidOf(row: AttemptRow): number | null {
    return row.claim?.keeper.pid ?? null;
  }

  heldUp(row: AttemptRow): HeldUpPart | null {
    return this.held.get(row.id) ?? null;
  }

  async settleContainer(row: AttemptRow, container: ContainerSpec): Promise<ContainerRound> {
    this.settled.push(`${container.runtime} ${row.id}`);
    const round = this.containers.shift();
    return { id: null, gone: "the fake knows none", removed: false, words: "", left: [], ...round };
  }

  async isGoingDown(): Promise<boolean> {
    return this.goingDown;
  }

  async whyStuck(pid: number): Promise<WhyStuck> {
    return { stack: this.stacks.get(pid) ?? null, obstacle: this.obstacles.get(pid) ?? null };
  }

  processes(): [] {
    return [];
  }

  releaseGroup(): void {}

  async discard(row: AttemptRow): Promise<void> {
    this.discarded.push(row.id);
    this.prepared.delete(row.id);
    this.attempts.delete(row.id);
  }

  close(): void {}

  /** The last attempt of a job. */
  of(job: number): FakeAttempt {
    const found = [...this.attempts.values()].findLast(({ row }) => row.job === job);
    if (found === undefined) throw new Error(`job ${job} was never launched`);
    return found;
  }
}
