import type { KeeperListener } from "../../containment/keeper-link.ts";
import type { LimitedSpec } from "../../containment/limits.ts";
import type { KeeperClaim } from "../../contract/keeper.ts";
import type { JobSpec } from "../../job/spec.ts";
import type { AttemptRow, StoredSpec } from "../../store/rows.ts";
import type {
  EndProof,
  Engine,
  Evidence,
  LaunchAnswer,
  LaunchTicket,
  Link,
  Plan,
} from "../engine.ts";
import type { Machine } from "../machine.ts";
import { FakeAttempt } from "./fake-attempt.ts";
import { FakeLevers } from "./fake-levers.ts";
import { fakeMachine } from "./fake-machine.ts";

/** Launches succeed at once unless a test changes that, and nothing happens without a call. */
abstract class AnyFakeEngine extends FakeLevers implements Engine {
  abstract readonly name: string;
  abstract readonly machine: Machine | null;
  readonly host = "fake.example";

  async ready(): Promise<void> {
    if (this.readyError !== null) throw this.readyError;
  }

  async plan(attempt: string, spec: LimitedSpec): Promise<Plan> {
    const limits = this.planned(spec);
    if (spec.adopt !== undefined)
      return { tier: "best effort", cgroup: null, cgroupAlso: [], limits };
    return { tier: "cgroup", cgroup: `/sys/fs/cgroup/fake/${attempt}`, cgroupAlso: [], limits };
  }

  async prepare(attempt: AttemptRow, { command, cwd }: StoredSpec): Promise<void> {
    if (this.prepareError !== null) throw this.prepareError;
    this.prepared.set(attempt.id, { ...attempt, command, cwd });
  }

  async flush(): Promise<void> {
    if (this.flushError !== null) throw this.flushError;
  }

  async launch(ticket: LaunchTicket): Promise<LaunchAnswer> {
    const answer = this.answers.shift() ?? this.#accept(ticket);
    if (answer.kind === "ready" && !this.attempts.has(ticket.attempt.id))
      this.attempts.set(ticket.attempt.id, new FakeAttempt(ticket));
    await this.beforeAnswer();
    return answer;
  }

  #accept(ticket: LaunchTicket): LaunchAnswer {
    const { id } = ticket.attempt;
    if (this.attempts.has(id)) return { kind: "void" };
    if (this.waitsFor === null) return { kind: "ready", keeperPid: 811 };
    const attempt = new FakeAttempt(ticket);
    attempt.waitFor(this.waitsFor);
    this.attempts.set(id, attempt);
    return { kind: "waiting", waiting: { reason: this.waitsFor, host: this.host } };
  }

  async attach(row: AttemptRow, listener: KeeperListener): Promise<Link | null> {
    return this.attempts.get(row.id)?.connect(listener) ?? null;
  }

  async observe(rows: readonly AttemptRow[]): Promise<ReadonlyMap<string, Evidence | Error>> {
    this.observations.push(rows.length);
    return new Map(rows.map((row) => [row.id, this.inspectErrors.shift() ?? this.#evidence(row)]));
  }

  #evidence(row: AttemptRow): Evidence {
    const attempt = this.attempts.get(row.id);
    const waiting = attempt?.waiting ?? null;
    return {
      folder: this.prepared.has(row.id),
      claimedBefore: row.claim !== null || row.damaged?.includes("claim") === true,
      claim: attempt?.voided === true ? "void" : attempt?.isClaimed === true ? attempt.claim : null,
      exit: attempt?.exitOnDisk(row) ?? null,
      sight: this.sightOf(row),
      keeperAlive: attempt?.keeperAlive ?? false,
      waiting: waiting === null ? null : { reason: waiting, host: this.host },
    };
  }

  async readClaim(row: AttemptRow): Promise<KeeperClaim | null> {
    const attempt = this.attempts.get(row.id);
    return attempt?.isClaimed === true ? attempt.claim : null;
  }

  async stop({ id }: AttemptRow): Promise<void> {
    const attempt = this.attempts.get(id);
    if (attempt?.waiting != null) this.attempts.delete(id);
    else if (attempt?.keeperAlive === true) attempt.woken.push("stop");
  }

  async void(row: AttemptRow): Promise<boolean> {
    if (this.attempts.has(row.id)) return false;
    const attempt = new FakeAttempt({ attempt: row, spec: {} as JobSpec, seal: "" });
    attempt.void();
    this.attempts.set(row.id, attempt);
    return true;
  }

  async prove(row: AttemptRow): Promise<EndProof> {
    const attempt = this.attempts.get(row.id);
    const exit = attempt?.exitOnDisk(row) ?? null;
    return {
      exit: row.sealHash === null || exit === "unreadable" ? null : exit,
      populated: attempt?.payloadAlive === true || (attempt?.survivors.length ?? 0) > 0,
    };
  }

  async discard(row: AttemptRow): Promise<void> {
    this.discarded.push(row.id);
    this.prepared.delete(row.id);
    this.attempts.delete(row.id);
  }

  async close(): Promise<void> {}
}

/** This machine, as a fake. */
export class FakeEngine extends AnyFakeEngine {
  readonly name = "local";
  readonly machine = fakeMachine(this);
}

/** Another program that runs attempts elsewhere: nothing but what `Engine` says is known of them. */
export class FakeCluster extends AnyFakeEngine {
  readonly name = "cluster";
  readonly machine = null;
}
