import type { Waiting } from "../../contract/job.ts";
import type { Stopping } from "../../contract/stopping.ts";
import type { KeeperClaim, KeeperStatus } from "../../contract/keeper.ts";
import type { Link, WaitingThere } from "../../engines/engine.ts";
import type { StopRequest } from "../../job/stop-request.ts";
import { isStorageFull } from "../../store/sqlite-errors.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { pause, type Timer } from "../../system/clock.ts";
import { AttemptEnd, type EndParts } from "./end.ts";
import { AttemptStatus, type StatusParts } from "./status.ts";
import type { Context } from "../context.ts";
import type { Follower } from "./follower.ts";
import { AttemptRecords } from "./records.ts";
import { keepLease } from "./lease-renewal.ts";
import { observe } from "./observe.ts";
import { StopRelay } from "./stop-relay.ts";

/** What following one attempt to its end takes. */
export type FollowParts = StatusParts & EndParts & Pick<Context, "bootId" | "database">;

const firstBackoffMs = 10;
const longestBackoffMs = 2000;
// A connection takes some milliseconds.
const soonMs = 500;
// Retries what a full disk refused; the keeper repeats nothing.
const hearAgainMs = 1000;

/**
 * Follows one attempt from its launch, or from a server's start, to its end:
 * connected to its keeper while there is one, by its records otherwise.
 *
 * What the keeper says is taken in order, one message at a time. A write that the
 * disk refuses is tried again; nothing is concluded from a lost connection alone.
 */
export class AttemptFollower implements Follower {
  readonly attempt: AttemptRow;
  readonly #context: FollowParts;
  #link: Link | null = null;
  #messages: Promise<void> = Promise.resolve();
  #hearingAgain: Timer | null = null;
  #closed = false;
  readonly #status: AttemptStatus;
  readonly #stops: StopRelay;
  readonly #end: AttemptEnd;
  readonly #records: AttemptRecords;
  readonly #takesLonger = Promise.withResolvers<void>();

  constructor(context: FollowParts, attempt: AttemptRow) {
    this.#context = context;
    this.attempt = attempt;
    this.#status = new AttemptStatus(context, attempt, () => this.#link !== null);
    this.#stops = new StopRelay(context, attempt, this.#status, () => this.#closed);
    this.#end = new AttemptEnd(context, attempt, this);
    this.#records = new AttemptRecords(context, attempt, this.#status, this.#end);
    context.awaitedSampling.begin();
  }

  /** Progress of its stop; null while it is not being stopped. */
  get stopping(): Stopping | null {
    return this.#status.stopping;
  }

  /** What is awaited, or what else of its state concerns a person; null: nothing. */
  message(maxAgeMs = 0): Promise<string | null> {
    return this.#status.message(maxAgeMs);
  }

  /** Whether something is to come from the keeper or the spawner. */
  get isOutstanding(): boolean {
    return !this.#closed && this.#status.isOutstanding;
  }

  /** Publishes what is awaited now to those that follow the job. */
  sampleAwaited(): Promise<void> {
    return this.#status.sample();
  }

  get keeper(): KeeperStatus | null {
    return this.#status.keeper;
  }

  get waitingThere(): Waiting | null {
    return this.#status.waitingThere;
  }

  show(stopping: Stopping): void {
    this.#status.sweeping = stopping;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get takesLonger(): Promise<void> {
    return this.#takesLonger.promise;
  }

  takeLonger(): void {
    this.#takesLonger.resolve();
  }

  /** The spawner reported that the gate was opened: from now on no record can say that nothing was executed. */
  launched(): void {
    this.#records.isLaunched = true;
  }

  /** Its engine has accepted it and not started it. */
  accepted(waiting: WaitingThere): void {
    this.#status.waiting = waiting;
  }

  /** Returns when the attempt is followed, or has been settled. Nothing that fails on the way ends it. */
  async begin(): Promise<void> {
    const timer = this.#context.clock.after(soonMs, () => this.#takesLonger.resolve());
    await this.#untilFollowed();
    timer.cancel();
  }

  async #untilFollowed(): Promise<void> {
    for (
      let backoffMs = firstBackoffMs;
      !this.#closed;
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs)
    ) {
      try {
        if ((await this.#connect()) || (await this.#records.settle())) return;
        this.#status.unreadable = null;
      } catch (error) {
        this.#status.unreadable = (error as Error).message;
        // No descriptor or no memory left, a disk that cannot be read or written.
        this.#context.log.error({ err: error, job: this.attempt.job }, "settling an attempt");
        // A stop reaches the keeper of an attempt whose records cannot be read as well.
        await this.#records.wakeKeeper().catch(this.#logged("waking a keeper"));
      }
      this.#takesLonger.resolve();
      await pause(
        this.#context.clock,
        this.#status.waiting === null ? backoffMs : this.#sharedMs(),
      );
    }
  }

  /** Until the next multiple of the longest back-off: all that wait over there are observed in one call. */
  #sharedMs(): number {
    return longestBackoffMs - (this.#context.clock.monotonicMs() % longestBackoffMs);
  }

  stop(request: StopRequest): boolean {
    return this.#stops.pass(request, this.#link);
  }

  answered(): Promise<void> {
    return this.#stops.answered();
  }

  get lastStop(): number {
    return this.#stops.last;
  }

  get unrecorded(): StopRequest[] {
    return this.#stops.unrecorded;
  }

  get refusals(): ReadonlyMap<number, string> {
    return this.#stops.refusals;
  }

  /** Whether the keeper's own record can still report a stop. */
  get remembersStop(): boolean {
    return this.#status.remembersStop;
  }

  /** Whether its keeper has seen that nothing of it lives. */
  get isOver(): boolean {
    const phase = this.#status.keeper?.phase;
    return phase === "recording" || phase === "ended";
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
    this.#hearingAgain?.cancel();
    this.#status.close();
    this.#end.close();
    this.#link?.close();
  }

  recordClaim(claim: KeeperClaim): void {
    this.attempt.claim = claim;
  }

  async #connect(): Promise<boolean> {
    const connection = { isOurs: false, isLost: false };
    const link = await this.#context.engines.of(this.attempt).attach(this.attempt, {
      onStatus: (status) => {
        this.#status.hear(status);
        this.#inOrder(() => this.#hear(status));
      },
      onEnded: ({ exit, durable }) => {
        this.#status.end = durable ? "recorded" : "unrecorded";
        this.#context.awaitedSampling.begin();
        // Without the state folder it will never be durable, and the keeper leaves in the end.
        this.#inOrder(async () => {
          if (durable || (await this.#isHomeless())) await this.#end.report(exit);
        });
      },
      onClose: () => {
        connection.isLost = true;
        if (connection.isOurs) this.#inOrder(() => this.#reconnect());
      },
    });
    // Lost before it was known here, it is not reconnected: this caller continues with the records.
    if (link === null || connection.isLost) return false;
    connection.isOurs = true;
    if (this.#closed) link.close();
    this.#link = link;
    this.#status.unanswered = 0;
    this.#status.unreadable = null;
    this.#status.waiting = null;
    this.#stops.passAll(link);
    keepLease(this.#context, this.attempt, () => this.#renewLease(link));
    // The first status came before `link` was known; what it asks for is asked again here.
    this.#inOrder(() => this.#hear(this.#status.keeper));
    return true;
  }

  /** Throws if the disk does not say; of a record that is durable it is not asked. */
  async #isHomeless(): Promise<boolean> {
    return (await this.#context.database.now()) !== "in place";
  }

  #inOrder(step: () => Promise<void> | void): void {
    this.#messages = this.#messages.then(step).catch(this.#logged("following an attempt"));
  }

  #logged(doing: string): (error: unknown) => void {
    return (error) => this.#context.log.error({ err: error, job: this.attempt.job }, doing);
  }

  async #hear(status: KeeperStatus | null): Promise<void> {
    if (status === null || this.#closed) return;
    if (this.#link === null) return;
    try {
      await observe(this.#context, this, status);
      if (status.phase === "running") this.#end.running();
    } catch (error) {
      const { log, clock, refusedRecords } = this.#context;
      if (isStorageFull(error)) refusedRecords.note(this.attempt.job, clock.nowMs());
      log.error({ err: error, job: this.attempt.job }, "recording what a keeper says");
      this.#hearingAgain ??= clock.after(hearAgainMs, () => {
        this.#hearingAgain = null;
        this.#inOrder(() => this.#hear(this.#status.keeper));
      });
    }
  }

  async #reconnect(): Promise<void> {
    this.#link = null;
    if (this.#closed) return;
    this.#context.awaitedSampling.begin();
    await this.begin();
  }

  /** False when that connection is not the current one any more: the next one has its own renewals. */
  #renewLease(link: Link): boolean {
    if (this.#closed || this.#link !== link) return false;
    link.lease();
    return true;
  }
}
