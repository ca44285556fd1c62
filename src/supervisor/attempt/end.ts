import { isSealed } from "../../containment/seal.ts";
import type { Stopping } from "../../contract/job.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { Reason } from "../../job/reasons.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { conclude, concludeWithoutExecution, lose, type SeenAfter } from "./conclude.ts";
import { isClientFailure, untilContainerIsGone } from "./container-end.ts";
import type { Context } from "../context.ts";
import { untilGpusAreReleased } from "../gpu/release.ts";
import { GpuWatch } from "../gpu/watch.ts";
import { reasonOf } from "./keeper-reason.ts";
import { persist } from "./persist.ts";
import { type SweepResult, sweepUntilEmpty } from "./sweeping.ts";
import { isBelieved } from "./vouching.ts";

/** The part of an follower that its end needs. */
interface Followed {
  readonly isClosed: boolean;
  close(): void;
  /** How it goes on, while something is still waited for. */
  show(stopping: Stopping): void;
  /** It may take as long as it takes. */
  takeLonger(): void;
}

/** Brings one attempt to its end: nothing of it is left, and that is recorded. */
export class AttemptEnd {
  readonly #context: Context;
  readonly #attempt: AttemptRow;
  readonly #followed: Followed;
  readonly #gpus: GpuWatch;

  constructor(context: Context, attempt: AttemptRow, followed: Followed) {
    this.#context = context;
    this.#attempt = attempt;
    this.#followed = followed;
    this.#gpus = new GpuWatch(context, attempt);
  }

  /** Its payload runs: what it uses of its GPUs is sampled for the receipt. */
  running(): void {
    this.#gpus.begin();
  }

  close(): void {
    void this.#gpus.close();
  }

  /** An end that the keeper's socket reports. What answers in the keeper's place knows no seal: then its own end is waited for. */
  async report(exit: ExitRecord): Promise<void> {
    const { sealHash, job } = this.#attempt;
    const isSearched = this.#context.engine.sightOf(this.#attempt) !== "elsewhere";
    if (sealHash === null ? isSearched : isSealed(exit, sealHash)) return this.record(exit);
    this.#context.log.warn({ job }, "an end that the keeper did not report");
  }

  async record(exit: ExitRecord): Promise<void> {
    if (this.#followed.isClosed) return;
    const { log, engine } = this.#context;
    if (!isBelieved(this.#context, this.#attempt, exit)) {
      log.warn({ job: this.#attempt.job }, "an exit record that is not believed");
      return this.sweep("keeper_lost");
    }
    // The payload can write records and put a socket in the keeper's place; what the kernel counts it cannot.
    if (engine.isPopulated(this.#attempt) === true) {
      log.warn({ job: this.#attempt.job }, "an exit record, and a group that lives");
      return this.sweep("keeper_lost");
    }
    const end = await this.#seenAfter(reasonOf(exit.reason), isClientFailure(exit), true);
    if (end === null) return;
    await persist(this.#context, this.#attempt.job, () =>
      conclude(this.#context, this.#attempt, exit, end),
    );
    this.#followed.close();
  }

  async withoutExecution(): Promise<void> {
    await concludeWithoutExecution(this.#context, this.#attempt, null);
    this.#followed.close();
  }

  async sweep(reason: Reason): Promise<void> {
    this.#followed.takeLonger();
    // By the claim that was recorded while the keeper lived. One that is only now read from a folder
    // that the payload can write to may name strangers; group, cookie and descent serve without it.
    const sweep = await sweepUntilEmpty(this.#context, this.#attempt, reason, (stopping) =>
      this.#followed.show(stopping),
    );
    await this.lose(reason, sweep);
  }

  async lose(reason: Reason, sweep: SweepResult | null): Promise<void> {
    const end = await this.#seenAfter(reason, false, reason !== "machine_restarted");
    if (end === null) return;
    await persist(this.#context, this.#attempt.job, () =>
      lose(this.#context, this.#attempt, reason, sweep, end),
    );
    this.#followed.close();
  }

  /**
   * With no process left: that its container is gone, and that its GPUs' memory is free, or what
   * keeps it. `sameBoot` false: the machine restarted, and with it the GPUs. Null: it is over.
   */
  async #seenAfter(
    reason: Reason,
    clientFailed: boolean,
    sameBoot: boolean,
  ): Promise<SeenAfter | null> {
    const tell = (stopping: Stopping) => {
      this.#followed.show(stopping);
      this.#followed.takeLonger();
    };
    const wait = { reason, tell, isOver: () => this.#followed.isClosed };
    const end = await untilContainerIsGone(this.#context, this.#attempt, { ...wait, clientFailed });
    if (end === null) return null;
    await this.#gpus.close();
    if (!sameBoot) return { ...end, gpus: null };
    const released = await untilGpusAreReleased(this.#context, this.#attempt, wait);
    return released === null ? null : { ...end, ...released };
  }
}
