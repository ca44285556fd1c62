import { isSealed } from "../../containment/seal.ts";
import type { Stopping } from "../../contract/stopping.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { Reason } from "../../job/reasons.ts";
import type { AttemptRow } from "../../store/rows.ts";
import {
  conclude,
  concludeWithoutExecution,
  type ConcludeParts,
  lose,
  type SeenAfter,
} from "./conclude.ts";
import { isClientFailure, untilContainerIsGone } from "./container-end.ts";
import { type ReleaseParts, untilGpusAreReleased } from "../gpu/release.ts";
import { GpuWatch, type WatchParts } from "../gpu/watch.ts";
import { reasonOf } from "./keeper-reason.ts";
import { persist, type PersistParts } from "./persist.ts";
import { type SweepResult, sweepUntilEmpty } from "./sweeping.ts";
import { isTrusted } from "./trusted-record.ts";

export type EndParts = ConcludeParts & PersistParts & ReleaseParts & WatchParts;

/** The part of a follower that its end needs. */
interface Followed {
  readonly isClosed: boolean;
  close(): void;
  /** Its progress, while something is still waited for. */
  show(stopping: Stopping): void;
  /** It may take any time. */
  takeLonger(): void;
}

/** Brings one attempt to its end: proves that nothing of it is left, and records that. */
export class AttemptEnd {
  readonly #context: EndParts;
  readonly #attempt: AttemptRow;
  readonly #followed: Followed;
  readonly #gpus: GpuWatch;
  #recording: Promise<void> | null = null;

  constructor(context: EndParts, attempt: AttemptRow, followed: Followed) {
    this.#context = context;
    this.#attempt = attempt;
    this.#followed = followed;
    this.#gpus = new GpuWatch(context, attempt);
  }

  /** Its payload runs: its use of GPUs is sampled for the receipt. */
  running(): void {
    this.#gpus.begin();
  }

  close(): void {
    void this.#gpus.close();
  }

  /** An end that the keeper's socket reports. A process that answers in the keeper's place does not know the seal: then the keeper's own end is waited for. */
  async report(exit: ExitRecord): Promise<void> {
    const { sealHash, job } = this.#attempt;
    const isOwn = sealHash === null ? await this.#isSearchable() : isSealed(exit, sealHash);
    if (isOwn) return this.record(exit);
    this.#context.log.warn({ job }, "an end is ignored: the keeper did not report it");
  }

  /** The socket may report an end while the same end is settled by records: it is concluded once. */
  record(exit: ExitRecord): Promise<void> {
    this.#recording ??= this.#record(exit).finally(() => {
      this.#recording = null;
    });
    return this.#recording;
  }

  async #record(exit: ExitRecord): Promise<void> {
    if (this.#followed.isClosed) return;
    const { log, engines } = this.#context;
    if (!(await isTrusted(this.#context, this.#attempt, exit))) {
      log.warn(
        { job: this.#attempt.job },
        "an exit record is ignored: it does not count as its keeper's",
      );
      return this.sweep("keeper_lost");
    }
    // The payload can write records and replace the keeper's socket; it cannot change what the kernel counts.
    const { populated } = await engines.of(this.#attempt).prove(this.#attempt);
    if (populated === true) {
      log.warn({ job: this.#attempt.job }, "an exit record is there, but the group has processes");
      return this.sweep("keeper_lost");
    }
    const end = await this.#seenAfter(reasonOf(exit.reason), isClientFailure(exit), true);
    if (end === null) return;
    await persist(this.#context, this.#attempt.job, () =>
      conclude(this.#context, this.#attempt, exit, end),
    );
    this.#followed.close();
  }

  async #isSearchable(): Promise<boolean> {
    const machine = this.#context.engines.machineOf(this.#attempt);
    if (machine === null) return false;
    return (await machine.namespaces.sightOf(this.#attempt)) !== "elsewhere";
  }

  async withoutExecution(): Promise<void> {
    await concludeWithoutExecution(this.#context, this.#attempt, null);
    this.#followed.close();
  }

  async sweep(reason: Reason): Promise<void> {
    this.#followed.takeLonger();
    // By the claim that was recorded while the keeper lived. A claim that is only read now, from a folder
    // that the payload can write to, may name unrelated processes; group, cookie and descent work without it.
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
   * With no process left: checks that its container is gone and that its GPUs' memory is free, or what
   * keeps it. `sameBoot` false: the machine restarted, and with it the GPUs. Null: it is over.
   */
  async #seenAfter(
    reason: Reason,
    clientFailed: boolean,
    sameBoot: boolean,
  ): Promise<SeenAfter | null> {
    const report = (stopping: Stopping) => {
      this.#followed.show(stopping);
      this.#followed.takeLonger();
    };
    const wait = { reason, report, isOver: () => this.#followed.isClosed };
    const end = await untilContainerIsGone(this.#context, this.#attempt, { ...wait, clientFailed });
    if (end === null) return null;
    await this.#gpus.close();
    if (!sameBoot) return { ...end, gpus: null };
    const released = await untilGpusAreReleased(this.#context, this.#attempt, wait);
    return released === null ? null : { ...end, ...released };
  }
}
