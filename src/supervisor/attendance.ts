import type { Stopping } from "../contract/job.ts";
import type { ExitRecord, KeeperClaim, KeeperStatus } from "../contract/keeper.ts";
import type { Link } from "../engines/engine.ts";
import type { Reason } from "../job/reasons.ts";
import { isTerminal } from "../job/states.ts";
import type { AttemptRow } from "../store/rows.ts";
import { pause } from "../system/clock.ts";
import { conclude, concludeWithoutExecution, lose } from "./conclude.ts";
import type { Context } from "./context.ts";
import { observe } from "./observe.ts";
import { recover } from "./recovery.ts";
import { stoppingOf } from "./stopping-view.ts";
import { sweepUntilEmpty } from "./sweeping.ts";

const firstBackoffMs = 10;
const longestBackoffMs = 2000;

/**
 * Follows one attempt from its launch, or from a server's start, to its end:
 * connected to its keeper while there is one, by its records otherwise.
 *
 * What the keeper says is taken in order, one message at a time. A write that the
 * disk refuses is tried again; nothing is concluded from a lost connection alone.
 */
export class Attendance {
  readonly attempt: AttemptRow;
  readonly #context: Context;
  #link: Link | null = null;
  #status: KeeperStatus | null = null;
  #statusAtMs = 0;
  #sweeping: Stopping | null = null;
  #messages: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #sweepBegan = Promise.withResolvers<void>();

  constructor(context: Context, attempt: AttemptRow) {
    this.#context = context;
    this.attempt = attempt;
  }

  /** What is going on while the job stops; null while there is nothing to tell. */
  get stopping(): Stopping | null {
    if (this.#sweeping !== null) return this.#sweeping;
    if (this.#status === null) return null;
    return stoppingOf(this.#status, this.#context.clock.monotonicMs() - this.#statusAtMs);
  }

  get keeperPid(): number | null {
    return this.attempt.claim?.keeper.pid ?? null;
  }

  /** Resolves if survivors of a lost keeper have to be stopped, which takes as long as it takes. */
  get sweepBegan(): Promise<void> {
    return this.#sweepBegan.promise;
  }

  /** Returns when the attempt is followed, or has been settled. */
  async begin(): Promise<void> {
    for (
      let backoffMs = firstBackoffMs;
      !this.#closed;
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs)
    ) {
      if (await this.#connect()) return;
      if (await this.#settleByRecords()) return;
      await pause(this.#context.clock, backoffMs);
    }
  }

  stop(reason: Reason, graceMs: number): void {
    this.#link?.stop(reason, graceMs);
  }

  pause(): void {
    this.#link?.pause();
  }

  resume(): void {
    this.#link?.resume();
  }

  /** The server goes; the attempt does not. */
  close(): void {
    this.#closed = true;
    this.#link?.close();
  }

  recordClaim(claim: KeeperClaim): void {
    this.attempt.claim = claim;
  }

  async #connect(): Promise<boolean> {
    const link = await this.#context.engine.attach(this.attempt, {
      onStatus: (status) => this.#inOrder(() => this.#hear(status)),
      onEnded: ({ exit, durable }) => {
        if (durable) this.#inOrder(() => this.#end(exit));
      },
      onClose: () => this.#inOrder(() => this.#reconnect()),
    });
    if (link === null) return false;
    this.#link = link;
    this.#keepLease();
    // The first status came before `link` was known; what it asks for is asked again here.
    this.#inOrder(() => this.#hear(this.#status));
    return true;
  }

  #inOrder(step: () => Promise<void> | void): void {
    this.#messages = this.#messages.then(step).catch((error: unknown) => {
      this.#context.log.error({ err: error, job: this.attempt.job }, "following an attempt");
    });
  }

  async #hear(status: KeeperStatus | null): Promise<void> {
    if (status === null || this.#closed) return;
    this.#status = status;
    this.#statusAtMs = this.#context.clock.monotonicMs();
    if (this.#link !== null) await observe(this.#context, this, status, this.#link);
  }

  async #reconnect(): Promise<void> {
    this.#link = null;
    if (!this.#closed) await this.begin();
  }

  /** True when the records tell how the attempt ended; false when its keeper lives and should be tried again. */
  async #settleByRecords(): Promise<boolean> {
    const { engine, log } = this.#context;
    const decision = recover(await engine.inspect(this.attempt));
    log.info(
      { job: this.attempt.job, attempt: this.attempt.id, action: decision.action },
      "settling by records",
    );
    switch (decision.action) {
      case "adopt":
        return false;
      case "void":
        // Won or lost, the next look at the records tells what to do.
        await engine.void(this.attempt);
        return this.#settleByRecords();
      case "conclude":
        await this.#end(decision.exit);
        return true;
      case "requeue":
        this.#closed = true;
        await concludeWithoutExecution(this.#context, this.attempt, null);
        return true;
      case "lost":
        this.#closed = true;
        await lose(this.#context, this.attempt, decision.reason, null);
        return true;
      case "sweep":
        await this.#sweep(decision.reason);
        return true;
    }
  }

  async #sweep(reason: Reason): Promise<void> {
    this.#sweepBegan.resolve();
    this.attempt.claim ??= await this.#context.engine.readClaim(this.attempt);
    const sweep = await sweepUntilEmpty(this.#context, this.attempt, reason, (stopping) => {
      this.#sweeping = stopping;
    });
    this.#closed = true;
    await lose(this.#context, this.attempt, reason, sweep);
  }

  async #end(exit: ExitRecord): Promise<void> {
    if (this.#closed) return;
    this.attempt.claim ??= await this.#context.engine.readClaim(this.attempt);
    for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
      try {
        await conclude(this.#context, this.attempt, exit);
        break;
      } catch (error) {
        // The exit record is durable; the store will have it when the disk lets it.
        this.#context.log.error({ err: error, job: this.attempt.job }, "recording an end");
        await pause(this.#context.clock, backoffMs);
      }
    }
    this.close();
  }

  /** A job with a lease is stopped by its keeper when no server is heard. */
  #keepLease(): void {
    const { store, clock } = this.#context;
    const row = store.jobs.get(this.attempt.job);
    if (row === null || row.spec.leaseMs === null || isTerminal(row.state)) return;
    const everyMs = Math.max(250, row.spec.leaseMs / 4);
    const renew = () => {
      if (this.#closed || this.#link === null) return;
      this.#link.lease();
      clock.after(everyMs, renew);
    };
    renew();
  }
}
