import type { JobEvent } from "../../contract/event.ts";
import type { Waiting } from "../../contract/job.ts";
import { resourcesFor, type Allocation } from "../../job/allocation.ts";
import { isTerminal } from "../../job/states.ts";
import { decide, type Decision, type QueuedJob } from "../../scheduler/decide.ts";
import { demandOf } from "../../scheduler/demand.ts";
import { explain } from "../../scheduler/explain.ts";
import { throughAll, type Gate } from "../../scheduler/gate.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Timer } from "../../system/clock.ts";
import type { Context } from "../context.ts";
import { StoredCandidates } from "./candidates.ts";
import { launch, type LaunchParts } from "../attempt/launch.ts";
import { offersOf } from "./offers.ts";
import { Postponements } from "./postponements.ts";
import type { Postponement, QueueControl } from "./queue-control.ts";
import { waitingForRetry } from "./retry-policy.ts";

type DispatchParts = LaunchParts & Pick<Context, "gpuUuids">;

const pollMs = 60_000;

const beingLaunched: Waiting = {
  code: "order",
  message: "it is about to start",
  hint: "holdfast show shows its state",
};

/**
 * Carries out the scheduler's decisions: reads the queue again whenever a job enters it or ends,
 * and when a wait is over. `allocations` says what is in use; the dispatcher keeps no account of its own.
 */
export class Dispatcher implements QueueControl {
  readonly #context: () => DispatchParts;
  readonly #postponements: Postponements;
  #decision: Decision | null = null;
  /** Queued jobs that are not launched because their record is damaged. */
  readonly #exclude = new Map<number, Waiting>();
  #asked = false;
  #open = false;
  #failure: string | null = null;
  /** Fires when the first of the waiting jobs is to run again. */
  #alarm: Timer | null = null;
  #unsubscribe: () => void = () => undefined;
  /** Of single jobs. The wait before a retry is a condition of the queue's query. */
  readonly #gate: Gate<{ id: number }>;

  constructor(context: () => DispatchParts) {
    this.#context = context;
    this.#postponements = new Postponements(() => context().clock);
    this.#gate = throughAll([
      ({ id }) => (context().allocations.isLaunching(id) ? beingLaunched : null),
      ({ id }) => this.#exclude.get(id) ?? null,
      ({ id }) => this.#postponements.of(id),
    ]);
  }

  /** Begins to launch: after recovery, when it is known what runs already. */
  open(): void {
    this.#open = true;
    this.#unsubscribe = this.#context().hub.subscribe(null, (event) => this.#hear(event));
    this.poke();
  }

  close(): void {
    this.#open = false;
    this.#unsubscribe();
    this.#alarm?.cancel();
  }

  /** Reads the queue soon. Calls within one turn of the event loop are one decision. */
  poke(): void {
    if (this.#asked || !this.#open) return;
    this.#asked = true;
    this.#context().clock.soon(() => {
      this.#asked = false;
      if (this.#open) this.#tryToDispatch();
    });
  }

  /** Tries a job of the queue again later: the disk or the kernel refused its launch now. */
  postpone(job: number, postponement: Postponement): void {
    this.#postponements.add(job, postponement);
    this.poke();
  }

  /** Not launched by this server: only a repair can make its record sound. */
  exclude(job: number, waiting: Waiting): void {
    this.#exclude.set(job, waiting);
    this.poke();
  }

  waitingOf(job: JobRow): Waiting {
    const { id, spec } = job;
    return (
      this.#gate(job) ??
      waitingForRetry(this.#context(), job) ??
      this.#postponements.machine ??
      this.#explain({ id, priority: spec.priority, demand: demandOf(spec) }) ?? {
        code: "order",
        message: "its turn has not come yet",
        hint: "holdfast ls --state queued shows the queue; --priority moves a job forward",
      }
    );
  }

  #hear({ type, jobId, state, data }: JobEvent): void {
    if (state === null || (type !== "state" && type !== "submitted")) return;
    // A launch that was cut short brings a job back into the queue as well, and is postponed before.
    if (state !== "queued" || data["event"] === "release") this.#postponements.forget(jobId);
    // A job that is held lets those behind it pass.
    if (state === "queued" || state === "held" || isTerminal(state)) this.poke();
  }

  /** Without a record of what is in use nothing is launched: a page of the database may be damaged. */
  #tryToDispatch(): void {
    const { log, clock } = this.#context();
    try {
      this.#dispatch();
      this.#failure = null;
    } catch (error) {
      log.error({ err: error }, "reading the queue");
      this.#failure = (error as Error).message;
      this.#alarm?.cancel();
      this.#alarm = clock.after(pollMs, () => this.poke());
    }
  }

  /** For people: why nothing is launched; null: the queue could be read. */
  get warnings(): string[] {
    return this.#failure === null
      ? []
      : [
          `nothing is launched, because the queue cannot be read (${this.#failure}); if the database is damaged: holdfast server stop, then holdfast repair`,
        ];
  }

  #dispatch(): void {
    const { store, config, gpuUuids, gpuHolds, allocations, ids, clock, database } =
      this.#context();
    const nowMs = clock.nowMs();
    this.#wakeIn(store.queue.nextWaitEndsMs(nowMs), nowMs);
    // An attempt's folder would be made in whatever is at that path now.
    if (database.state() !== "in place") return;
    this.#decision = null;
    if (this.#postponements.machine !== null) return;
    const { offers, freeGpuUuids } = offersOf({
      maxRunning: config.jobs.max_running,
      gpuUuids,
      inUse: allocations.inUse(),
      withheld: new Set(gpuHolds.all.keys()),
    });
    this.#decision = decide(offers, new StoredCandidates(store.queue, this.#gate, nowMs));
    for (const { id, demand } of this.#decision.launch) {
      const assigned = freeGpuUuids.splice(0, demand["gpu"] ?? 0);
      this.#launch({ attempt: ids.uuid(), job: id, resources: resourcesFor(assigned) });
    }
  }

  #explain(job: QueuedJob): Waiting | null {
    return this.#decision === null ? null : explain(this.#decision, job);
  }

  #launch(allocation: Allocation): void {
    const { allocations, log } = this.#context();
    allocations.reserve(allocation);
    launch(this.#context(), allocation).catch((error: unknown) => {
      log.error({ err: error, job: allocation.job }, "launch");
      const waiting = { code: "defect", message: String(error), hint: "holdfast server logs" };
      this.postpone(allocation.job, { waiting, concernsAll: false });
    });
  }

  #wakeIn(waitEndsMs: number | null, nowMs: number): void {
    const postponedMs = this.#postponements.nextEndMs();
    this.#alarm?.cancel();
    this.#alarm = null;
    if (waitEndsMs === null && postponedMs === null) return;
    // At least at this interval, because the wall clock may have been set.
    const retryMs = waitEndsMs === null ? pollMs : waitEndsMs - nowMs;
    const delayMs = Math.min(retryMs, postponedMs ?? pollMs, pollMs);
    this.#alarm = this.#context().clock.after(delayMs, () => this.poke());
  }
}
