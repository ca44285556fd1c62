import type { Stopping } from "../contract/job.ts";
import { isSealed } from "../containment/seal.ts";
import type { ExitRecord, KeeperClaim, KeeperStatus } from "../contract/keeper.ts";
import type { Link, WhyStuck } from "../engines/engine.ts";
import { type Reason, reasons } from "../job/reasons.ts";
import { isTerminal } from "../job/states.ts";
import { notHeard, type StopRequest } from "../job/stop-request.ts";
import { isStorageFull } from "../store/sqlite-errors.ts";
import type { AttemptRow } from "../store/rows.ts";
import { pause } from "../system/clock.ts";
import { type Awaited, AwaitedWatch } from "./awaited.ts";
import { conclude, concludeWithoutExecution, lose, type SeenAfter } from "./conclude.ts";
import { isClientFailure, untilContainerIsGone } from "./container-end.ts";
import type { Context } from "./context.ts";
import { untilGpusAreReleased } from "./gpu-release.ts";
import { GpuWatch } from "./gpu-watch.ts";
import { reasonOf } from "./keeper-reason.ts";
import { observe, publishLive } from "./observe.ts";
import { otherNamespaceMessage } from "./other-namespace.ts";
import { persist } from "./persist.ts";
import { recover } from "./recovery.ts";
import { stoppingOf } from "./stopping-view.ts";
import { StuckWatch } from "./stuck-watch.ts";
import { type SweepResult, sweepUntilEmpty } from "./sweeping.ts";
import { isBelieved } from "./vouching.ts";

const firstBackoffMs = 10;
const longestBackoffMs = 2000;
// A keeper answers in a millisecond, on a busy machine in some dozens.
const soonMs = 500;
// What a full disk refused; the keeper itself repeats nothing.
const hearAgainMs = 1000;

const answerMs = 1000;
const shortestLeaseMs = 1000;

// Of the back-off: about a second after the first.
const patientRounds = 6;
/** Until a keeper that lives and does not answer is spoken of: a fraction of a second of the back-off. */
const silentRounds = 5;

/**
 * Follows one attempt from its launch, or from a server's start, to its end:
 * connected to its keeper while there is one, by its records otherwise.
 *
 * What the keeper says is taken in order, one message at a time. A write that the
 * disk refuses is tried again; nothing is concluded from a lost connection alone.
 */
export class Attendance {
  readonly attempt: AttemptRow;
  /** Requests that its keeper was told and that the disk has not taken yet, in order. */
  readonly unrecorded: StopRequest[] = [];
  /** Why its keeper did not do what requests wanted, by their numbers. */
  readonly refusals = new Map<number, string>();
  readonly #context: Context;
  #link: Link | null = null;
  #status: KeeperStatus | null = null;
  #statusAtMs = 0;
  #lastStop = 0;
  #answered: Promise<void> = Promise.resolve();
  #notProlonged: string | null = null;
  #sweeping: Stopping | null = null;
  #messages: Promise<void> = Promise.resolve();
  #closed = false;
  #unanswered = 0;
  readonly #stuck: StuckWatch;
  readonly #gpus: GpuWatch;
  readonly #awaited: AwaitedWatch;
  /** Its end is known and the keeper cannot write it down. */
  #unrecordedEnd = false;
  /** Why its records could not be read; null: they could. */
  #unreadable: string | null = null;
  #launched = false;
  readonly #takesLonger = Promise.withResolvers<void>();

  constructor(context: Context, attempt: AttemptRow) {
    this.#context = context;
    this.attempt = attempt;
    this.#gpus = new GpuWatch(context, attempt);
    this.#awaited = new AwaitedWatch(context.clock, () => this.#lookForWhatIsAwaited());
    this.#stuck = new StuckWatch(
      context.clock,
      (pid) => this.#whyStuck(pid),
      () => publishLive(context, attempt.job, this.stopping),
    );
  }

  /** In another PID namespace its number names another process here. */
  async #whyStuck(pid: number): Promise<WhyStuck> {
    const { engine } = this.#context;
    const isHere = engine.sightOf(this.attempt) === "here";
    return isHere ? await engine.whyStuck(pid) : { stack: null, obstacle: null };
  }

  /** What is going on while the job stops; null while there is nothing to tell. */
  get stopping(): Stopping | null {
    if (this.#sweeping !== null) return this.#sweeping;
    if (this.#status === null) return null;
    const ageMs = this.#context.clock.monotonicMs() - this.#statusAtMs;
    return stoppingOf(this.#status, ageMs, this.#stuck);
  }

  /** Why it is not known how it is, or what its keeper sees now that concerns a person. */
  get message(): string | null {
    const seen =
      otherNamespaceMessage(this.#context, this.attempt, this.#link !== null) ??
      this.#awaited.message();
    if (seen !== null) return seen;
    if (this.#notProlonged !== null) return `the stop was not prolonged: ${this.#notProlonged}`;
    if (this.#status?.disk_full !== true) return null;
    return "the disk is full, as its keeper sees it: what the job writes now may be cut";
  }

  #lookForWhatIsAwaited(): Awaited | null {
    const { engine } = this.#context;
    const by = engine.heldUp(this.attempt);
    if (by !== null) return { kind: "held_up", by };
    const folder = engine.folderOf(this.attempt.id);
    if (this.#unrecordedEnd) return { kind: "unrecorded", folder };
    if (this.#unreadable !== null) return { kind: "unreadable", error: this.#unreadable };
    if (this.#link === null && this.#unanswered >= silentRounds)
      return { kind: "silent", keeperPid: this.keeperPid, folder };
    return null;
  }

  get keeperPid(): number | null {
    return this.attempt.claim?.keeper.pid ?? null;
  }

  /**
   * Resolves if it may take as long as it takes: survivors of a lost keeper have to be stopped, a
   * keeper lives and does not answer, or the machine refuses what is needed to find out.
   */
  get takesLonger(): Promise<void> {
    return this.#takesLonger.promise;
  }

  /** The gate was opened, by the spawner's word: from now on no record can say that nothing was executed. */
  launched(): void {
    this.#launched = true;
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
        if ((await this.#connect()) || (await this.#settleByRecords())) return;
        this.#unreadable = null;
      } catch (error) {
        this.#unreadable = (error as Error).message;
        // No descriptor or no memory left, a disk that cannot be read or written.
        this.#context.log.error({ err: error, job: this.attempt.job }, "settling an attempt");
      }
      this.#takesLonger.resolve();
      await pause(this.#context.clock, backoffMs);
    }
  }

  /** Whether there is a keeper to tell it. */
  stop(request: StopRequest): boolean {
    this.#lastStop = Math.max(this.#lastStop, request.number);
    const { reason, graceMs, number, prolong } = request;
    if (this.#link === null) return false;
    const answer = this.#link.stop(reason, graceMs, { number, prolong });
    this.#answered = answer.then((refusal) => this.#hearRefusal(number, refusal));
    this.#expectAnswer();
    return true;
  }

  #hearRefusal(number: number, refusal: string | null): void {
    this.#notProlonged = refusal;
    if (refusal === null) return;
    this.refusals.set(number, refusal);
    publishLive(this.#context, this.attempt.job, this.stopping);
  }

  /** Resolves when the keeper has answered the last request, or soon where it does not. */
  async answered(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#context.clock.after(soonMs, resolve);
    await Promise.race([this.#answered, promise]);
    timer.cancel();
  }

  /** The highest number of a request that this server passed on, or that the keeper has heard. */
  get lastStop(): number {
    return Math.max(this.#lastStop, this.#status?.stops_heard ?? 0);
  }

  /**
   * Whether the keeper's own record can still tell of a stop. The first reason stays: an attempt
   * that ended by itself says so, whatever it is told afterwards.
   */
  get remembersStop(): boolean {
    if (this.#status === null) return true;
    const { reason, phase, main } = this.#status;
    if (reason === null) return phase === "running" && main.alive;
    return reasons[reasonOf(reason)].ends === "cancelled";
  }

  /** Whether its keeper has seen that nothing of it lives. */
  get isOver(): boolean {
    const phase = this.#status?.phase;
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
    this.#stuck.close();
    void this.#gpus.close();
    this.#link?.close();
  }

  recordClaim(claim: KeeperClaim): void {
    this.attempt.claim = claim;
  }

  async #connect(): Promise<boolean> {
    const link = await this.#context.engine.attach(this.attempt, {
      onStatus: (status) => {
        this.#status = status;
        this.#statusAtMs = this.#context.clock.monotonicMs();
        this.#stuck.heard(status.phase === "verifying" ? status.survivors : null);
        this.#inOrder(() => this.#hear(status));
      },
      onEnded: ({ exit, durable }) => {
        this.#unrecordedEnd = !durable;
        // Without the state folder it will never be durable, and the keeper leaves in the end.
        const isHomeless = this.#context.database.state() !== "in place";
        if (durable || isHomeless) this.#inOrder(() => this.#hearEnd(exit));
      },
      onClose: () => this.#inOrder(() => this.#reconnect()),
    });
    if (link === null) return false;
    this.#link = link;
    this.#unanswered = 0;
    this.#unreadable = null;
    this.#passStops();
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
    if (this.#link === null) return;
    try {
      await observe(this.#context, this, status);
      if (status.phase === "running") this.#gpus.begin();
    } catch (error) {
      const { log, clock, refusedRecords } = this.#context;
      if (isStorageFull(error)) refusedRecords.note(this.attempt.job, clock.nowMs());
      log.error({ err: error, job: this.attempt.job }, "recording what a keeper says");
      clock.after(hearAgainMs, () => this.#inOrder(() => this.#hear(this.#status)));
    }
  }

  /** Requests may have been recorded by a server that did not live to pass them on. */
  #passStops(): void {
    const recorded = this.#context.store.stopRequests.ofAttempt(this.attempt.id);
    const heard = this.#status?.stops_heard ?? null;
    for (const request of notHeard([...recorded, ...this.unrecorded], heard)) this.stop(request);
  }

  async #reconnect(): Promise<void> {
    this.#link = null;
    if (!this.#closed) await this.begin();
  }

  /** True when the records tell how the attempt ended; false when its keeper lives and should be tried again. */
  async #settleByRecords(): Promise<boolean> {
    const { engine, log } = this.#context;
    const evidence = await engine.inspect(this.attempt);
    const decision = recover({
      ...evidence,
      claimedBefore: evidence.claimedBefore || this.#launched,
    });
    log.info(
      { job: this.attempt.job, attempt: this.attempt.id, action: decision.action },
      "settling by records",
    );
    switch (decision.action) {
      case "adopt":
        await this.#rouse();
        return false;
      case "void":
        // Won or lost, the next look at the records tells what to do.
        await engine.void(this.attempt);
        return this.#settleByRecords();
      case "wait":
        return false;
      case "conclude":
        await this.#end(decision.exit);
        return true;
      case "requeue":
        await concludeWithoutExecution(this.#context, this.attempt, null);
        this.#closed = true;
        return true;
      case "lost":
        await this.#lose(decision.reason, null);
        return true;
      case "sweep":
        await this.#sweep(decision.reason);
        return true;
    }
  }

  /** A keeper answers a stop in a millisecond, with its phase. One that somebody stopped would never. */
  #expectAnswer(): void {
    const { clock, engine, log } = this.#context;
    const heardAtMs = this.#statusAtMs;
    clock.after(answerMs, () => {
      if (this.#closed || this.#statusAtMs !== heardAtMs) return;
      engine.rouse(this.attempt, "listen").catch((error: unknown) => {
        log.error({ err: error, job: this.attempt.job }, "rousing a keeper");
      });
    });
  }

  /**
   * A keeper lives and does not answer: somebody stopped it, or its socket is not where it was. If
   * it still does not when a stop is wanted, the stop is what it is told.
   */
  async #rouse(): Promise<void> {
    const { engine, store } = this.#context;
    const wanted = store.jobs.get(this.attempt.job)?.stopReason ?? null;
    this.#unanswered += 1;
    const gaveUp = wanted !== null && this.#unanswered > patientRounds;
    await engine.rouse(this.attempt, gaveUp ? "stop" : "listen");
  }

  async #sweep(reason: Reason): Promise<void> {
    this.#takesLonger.resolve();
    // By the claim that was recorded while the keeper lived. One that is only now read from a folder
    // that the payload can write to may name strangers; group, cookie and descent serve without it.
    const sweep = await sweepUntilEmpty(this.#context, this.attempt, reason, (stopping) => {
      this.#sweeping = stopping;
    });
    await this.#lose(reason, sweep);
  }

  async #lose(reason: Reason, sweep: SweepResult | null): Promise<void> {
    const end = await this.#seenAfter(reason, false, reason !== "machine_restarted");
    if (end === null) return;
    await persist(this.#context, this.attempt.job, () =>
      lose(this.#context, this.attempt, reason, sweep, end),
    );
    this.#closed = true;
  }

  /**
   * With no process left: that its container is gone, and that its GPUs' memory is free, or who
   * keeps it. `sameBoot` false: the machine restarted, and with it the GPUs. Null: it is over.
   */
  async #seenAfter(
    reason: Reason,
    clientFailed: boolean,
    sameBoot: boolean,
  ): Promise<SeenAfter | null> {
    const tell = (stopping: Stopping) => {
      this.#sweeping = stopping;
      this.#takesLonger.resolve();
    };
    const wait = { reason, tell, isOver: () => this.#closed };
    const end = await untilContainerIsGone(this.#context, this.attempt, { ...wait, clientFailed });
    if (end === null) return null;
    await this.#gpus.close();
    if (!sameBoot) return { ...end, gpus: null };
    const released = await untilGpusAreReleased(this.#context, this.attempt, wait);
    return released === null ? null : { ...end, ...released };
  }

  /** Whoever answers in the keeper's place knows no seal: then its own end is waited for. */
  async #hearEnd(exit: ExitRecord): Promise<void> {
    const { sealHash, job } = this.attempt;
    const isSearched = this.#context.engine.sightOf(this.attempt) !== "elsewhere";
    if (sealHash === null ? isSearched : isSealed(exit, sealHash)) return this.#end(exit);
    this.#context.log.warn({ job }, "an end that the keeper did not tell");
  }

  async #end(exit: ExitRecord): Promise<void> {
    if (this.#closed) return;
    if (!isBelieved(this.#context, this.attempt, exit)) {
      this.#context.log.warn({ job: this.attempt.job }, "an exit record that is not believed");
      return this.#sweep("keeper_lost");
    }
    // The payload can write records and put a socket in the keeper's place; what the kernel counts it cannot.
    if (this.#context.engine.isPopulated(this.attempt) === true) {
      this.#context.log.warn({ job: this.attempt.job }, "an exit record, and a group that lives");
      return this.#sweep("keeper_lost");
    }
    const end = await this.#seenAfter(reasonOf(exit.reason), isClientFailure(exit), true);
    if (end === null) return;
    await persist(this.#context, this.attempt.job, () =>
      conclude(this.#context, this.attempt, exit, end),
    );
    this.close();
  }

  /** A job with a lease is stopped by its keeper when no server is heard. */
  #keepLease(): void {
    const { store, clock } = this.#context;
    const row = store.jobs.get(this.attempt.job);
    if (row === null || isTerminal(row.state)) return;
    // A damaged specification may have had one, and a keeper that hears no more of it stops its job.
    const leaseMs = row.damaged.includes("spec") ? shortestLeaseMs : row.spec.leaseMs;
    if (leaseMs === null) return;
    const everyMs = Math.max(250, leaseMs / 4);
    const renew = () => {
      if (this.#closed || this.#link === null) return;
      this.#link.lease();
      clock.after(everyMs, renew);
    };
    renew();
  }
}
