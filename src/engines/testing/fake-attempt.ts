import { readFileSync } from "node:fs";
import type { KeeperListener } from "../../containment/keeper-link.ts";
import { isSealed } from "../../containment/seal.ts";
import type { EndedOrphans } from "../../containment/spawner.ts";
import type { Survivor } from "../../containment/survivors.ts";
import type { ExitRecord, KeeperClaim, KeeperStatus } from "../../contract/keeper.ts";
import type { JobSpec } from "../../job/spec.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { LaunchTicket, Link } from "../engine.ts";

const examples = new URL("../../../native/keeper/examples/", import.meta.url);
const exampleExit = JSON.parse(readFileSync(new URL("exit.json", examples), "utf8")) as ExitRecord;
const exampleClaim = JSON.parse(
  readFileSync(new URL("keeper.json", examples), "utf8"),
) as KeeperClaim;

/** One attempt of a fake engine: what a keeper would hold, and levers for a test. */
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
  /** Why the engine has not started it; null: it has. */
  waiting: string | null = null;
  /** How often its payload was executed. */
  starts = 1;
  /** Whether its payload lives; `survivors` are other processes. */
  payloadAlive = true;
  survivors: Survivor[] = [];
  /** What the process that had started its keeper reaped. */
  endedOrphans: EndedOrphans | null = null;
  /** The requests that the keeper got, in order. */
  readonly said: string[] = [];
  /** Why it does not prolong a stop; null: it does. */
  notProlonged: string | null = null;
  answersStops = true;
  /** What it was asked by a signal, in order. */
  readonly woken: ("listen" | "stop")[] = [];
  listener: KeeperListener | null = null;
  status: KeeperStatus;

  constructor({ attempt: row, spec, seal }: LaunchTicket) {
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
      paused_ms: 0,
      pauses: [],
      pauses_omitted: 0,
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

  /** Accepted by its engine, and not running yet. */
  waitFor(reason: string): void {
    this.waiting = reason;
    this.keeperAlive = false;
    this.payloadAlive = false;
    this.starts = 0;
  }

  /** Nothing of it will ever be executed. */
  void(): void {
    this.waitFor("");
    this.waiting = null;
    this.voided = true;
  }

  /** Its engine starts it. */
  start(): void {
    this.waiting = null;
    this.keeperAlive = true;
    this.payloadAlive = true;
    this.starts += 1;
  }

  /** Whether its keeper has made its claim. */
  get isClaimed(): boolean {
    return !this.voided && this.waiting === null;
  }

  /** As a server with that row reads it. */
  exitOnDisk({ sealHash, distrusted }: AttemptRow): ExitRecord | "unreadable" | null {
    if (this.exit === null || sealHash === null) return this.exit;
    return !distrusted && isSealed(this.exit, sealHash) ? this.exit : "unreadable";
  }

  /** Null: nothing answers. */
  connect(listener: KeeperListener): Link | null {
    if (!this.keeperAlive || this.silent) return null;
    this.listener = listener;
    listener.onStatus(this.status);
    const say = (message: string) => void this.said.push(message);
    return {
      stop: async (reason, graceMs, numbered) => {
        const { number, prolong } = numbered ?? { number: 0, prolong: false };
        if (number > 0 && number <= (this.status.stops_heard ?? 0)) return null;
        this.status.stops_heard = Math.max(number, this.status.stops_heard ?? 0);
        say(`stop ${reason} ${graceMs}${prolong ? " prolong" : ""}`);
        if (!this.answersStops) return new Promise(() => undefined);
        return prolong ? this.notProlonged : null;
      },
      pause: () => say("pause"),
      resume: () => say("resume"),
      lease: () => say("lease"),
      close: () => {
        this.listener = null;
      },
    };
  }

  /** The keeper reports its status. */
  report(change: Partial<KeeperStatus>): void {
    this.status = { ...this.status, ...change };
    this.listener?.onStatus(this.status);
  }

  /** The keeper has seen that nothing lives, and its record is durable. */
  end(change: Partial<ExitRecord> = {}): void {
    this.exit = this.#exit(change);
    this.keeperAlive = false;
    this.payloadAlive = false;
    this.listener?.onEnded({ t: "ended", durable: true, exit: this.exit });
    this.disconnect();
  }

  /** The same, and the disk takes no record of it. */
  endWithoutRecord(change: Partial<ExitRecord> = {}): void {
    this.payloadAlive = false;
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
      paused_ms: this.status.paused_ms ?? 0,
      pauses: this.status.pauses,
      pauses_omitted: this.status.pauses_omitted,
      ...change,
    };
  }

  /** Another process kills the keeper. */
  lose(survivors: Survivor[] = []): void {
    this.keeperAlive = false;
    this.payloadAlive = false;
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
