import type { Waiting } from "../../contract/job.ts";
import type { Stopping } from "../../contract/stopping.ts";
import type { KeeperStatus } from "../../contract/keeper.ts";
import type { WaitingThere } from "../../engines/engine.ts";
import type { WhyStuck } from "../../engines/machine.ts";
import { reasons } from "../../job/reasons.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { type Awaited, AwaitedWatch, waitingThereMessage } from "./awaited.ts";
import type { Context } from "../context.ts";
import { reasonOf } from "./keeper-reason.ts";
import { publishLive, type PublishParts } from "./observe.ts";
import { otherNamespaceMessage } from "../recovery/other-namespace.ts";
import { unknownEngineMessage } from "../recovery/unknown-engine.ts";
import { folderOf } from "./folder.ts";
import { stoppingOf } from "./stopping-view.ts";
import { StuckWatch } from "./stuck-watch.ts";

export type StatusParts = PublishParts &
  Pick<Context, "engines" | "config" | "namespace" | "awaitedSampling">;

/** Until a keeper that lives and does not answer is reported: a fraction of a second of the back-off. */
const silentRounds = 5;

/** What is known of a live attempt at this moment: what its keeper said last, and what is awaited. */
export class AttemptStatus {
  readonly #context: StatusParts;
  readonly #attempt: AttemptRow;
  readonly #isConnected: () => boolean;
  readonly #stuck: StuckWatch;
  readonly #awaited: AwaitedWatch;
  #keeper: KeeperStatus | null = null;
  #heardAtMs = 0;
  /** The last sample had a message, and followers have it. */
  #isPublished = false;
  /** While the server itself ends what a lost keeper left, or waits for a container or GPU memory. */
  sweeping: Stopping | null = null;
  /** What the keeper reported of its end; null: nothing so far. */
  end: "recorded" | "unrecorded" | null = null;
  /** Its engine has accepted it and not started it; null: it has started it, or does not have it. */
  waiting: WaitingThere | null = null;
  /** Why its records could not be read; null: they could. */
  unreadable: string | null = null;
  /** Why the keeper refused the last request for a longer grace; null: it did not. */
  notProlonged: string | null = null;
  /** Attempts to reach a live keeper, since it answered last. */
  unanswered = 0;

  constructor(context: StatusParts, attempt: AttemptRow, isConnected: () => boolean) {
    this.#context = context;
    this.#attempt = attempt;
    this.#isConnected = isConnected;
    this.#awaited = new AwaitedWatch(context.clock, () => this.#whatIsAwaited());
    this.#stuck = new StuckWatch(
      context.clock,
      (pid) => this.#whyStuck(pid),
      () => {
        const { stopping } = this;
        if (stopping !== null) publishLive(context, attempt.job, { stopping });
      },
    );
  }

  get keeper(): KeeperStatus | null {
    return this.#keeper;
  }

  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  hear(status: KeeperStatus): void {
    this.#keeper = status;
    this.#heardAtMs = this.#context.clock.monotonicMs();
    this.#stuck.heard(status.phase === "verifying" ? status.survivors : null);
    if (status.phase !== "running") this.#context.awaitedSampling.begin();
  }

  /** Progress of a stop; null while the attempt is not being stopped. */
  get stopping(): Stopping | null {
    if (this.sweeping !== null) return this.sweeping;
    if (this.#keeper === null) return null;
    const ageMs = this.#context.clock.monotonicMs() - this.#heardAtMs;
    return stoppingOf(this.#keeper, ageMs, this.#stuck);
  }

  /**
   * What is awaited that needs a person, or what else the keeper sees that concerns one.
   * `maxAgeMs`: the oldest inspection that may be reused.
   */
  async message(maxAgeMs = 0): Promise<string | null> {
    const seen =
      unknownEngineMessage(this.#context, this.#attempt) ??
      (await otherNamespaceMessage(this.#context, this.#attempt, this.#isConnected())) ??
      (await this.#awaited.message(maxAgeMs));
    if (seen !== null) return seen;
    if (this.notProlonged !== null) return `the stop was not prolonged: ${this.notProlonged}`;
    if (this.#keeper?.disk_full !== true) return null;
    return "the disk is full, as its keeper sees it: what the job writes now may be cut";
  }

  /** Publishes the message at each sample while there is one, and once when there is none any more. */
  async sample(): Promise<void> {
    const message = await this.message();
    if (message === null && !this.#isPublished) return;
    this.#isPublished = message !== null;
    publishLive(this.#context, this.#attempt.job, { message });
  }

  /** As the job's view shows it. */
  get waitingThere(): Waiting | null {
    const awaited = this.#whatWaits();
    if (awaited === null) return null;
    const hint = `it starts when ${awaited.engine} starts it; holdfast cancel ${this.#attempt.job} gives it up`;
    return { code: "engine", message: waitingThereMessage(awaited), hint };
  }

  /** Whether something is to come from the keeper: its claim, its answer or the end. */
  get isOutstanding(): boolean {
    if (this.end !== null) return this.end === "unrecorded";
    const phase = this.#keeper?.phase ?? "running";
    return this.#attempt.claim === null || !this.#isConnected() || phase !== "running";
  }

  /**
   * Whether the keeper's own record can still report a stop. The first reason stays: an attempt
   * that ended without a request says so, whatever is requested afterwards.
   */
  get remembersStop(): boolean {
    if (this.#keeper === null) return true;
    const { reason, phase, main } = this.#keeper;
    if (reason === null) return phase === "running" && main.alive;
    return reasons[reasonOf(reason)].ends === "cancelled";
  }

  close(): void {
    this.#stuck.close();
  }

  #whatWaits(): Extract<Awaited, { kind: "waiting_there" }> | null {
    const { waiting } = this;
    if (waiting === null) return null;
    return { kind: "waiting_there", engine: this.#attempt.engine, waiting };
  }

  async #whatIsAwaited(): Promise<Awaited | null> {
    const keepers = this.#context.engines.machineOf(this.#attempt)?.keepers;
    const by = (await keepers?.heldUp(this.#attempt)) ?? null;
    if (by !== null) return { kind: "held_up", by };
    const waits = this.#whatWaits();
    if (waits !== null) return waits;
    const folder = folderOf(this.#context, this.#attempt.id);
    if (this.end === "unrecorded") return { kind: "unrecorded", folder };
    if (this.unreadable !== null) return { kind: "unreadable", error: this.unreadable };
    if (this.#isConnected() || this.unanswered < silentRounds) return null;
    const keeperPid = (await keepers?.pidOf(this.#attempt)) ?? null;
    return { kind: "silent", keeperPid, folder };
  }

  /** In another PID namespace its number names another process here. */
  async #whyStuck(pid: number): Promise<WhyStuck> {
    const machine = this.#context.engines.machineOf(this.#attempt);
    const sight = await machine?.namespaces.sightOf(this.#attempt);
    return machine !== null && sight === "here"
      ? await machine.processes.whyStuck(pid)
      : { stack: null, obstacle: null };
  }
}
