import type { Waiting } from "../contract/job.ts";
import { decide } from "../scheduler/decide.ts";
import type { JobRow } from "../store/rows.ts";
import type { Timer } from "../system/clock.ts";
import type { Context } from "./context.ts";
import { launch } from "./launch.ts";
import { waitingForRetry } from "./retry-policy.ts";

// So many are looked at per decision; the others are behind them anyway.
const lookahead = 256;
const retryMs = 5000;
const lookAgainMs = 60_000;

/**
 * Carries out the scheduler's decisions. Asked as often as anybody likes: calls
 * within one turn of the event loop are one decision.
 */
export class Dispatcher {
  readonly #context: () => Context;
  /** Jobs being launched or having an attempt that is not proven dead, with their GPUs. */
  readonly #occupied = new Map<number, readonly string[]>();
  #waiting = new Map<number, Waiting>();
  /** Why a job that was refused by the disk or the kernel is tried again only later. */
  readonly #postponed = new Map<number, Waiting>();
  #asked = false;
  #open = false;
  /** Fires when the first of the waiting jobs is to run again. */
  #alarm: Timer | null = null;

  constructor(context: () => Context) {
    this.#context = context;
  }

  /** Begins to launch: after recovery, when it is known what runs already. */
  open(): void {
    this.#open = true;
    this.poke();
  }

  close(): void {
    this.#open = false;
    this.#alarm?.cancel();
  }

  poke(): void {
    if (this.#asked || !this.#open) return;
    this.#asked = true;
    this.#context().clock.soon(() => {
      this.#asked = false;
      if (this.#open) this.#dispatch();
    });
  }

  occupy(job: number, gpuUuids: readonly string[]): void {
    this.#occupied.set(job, gpuUuids);
  }

  /** The job that a GPU was given to, and that is not proven to have ended. */
  jobWith(uuid: string): number | null {
    for (const [job, uuids] of this.#occupied) if (uuids.includes(uuid)) return job;
    return null;
  }

  release(job: number): void {
    this.#occupied.delete(job);
    this.#postponed.delete(job);
    this.poke();
  }

  /** Tries again later what the disk or the kernel refused now. */
  releaseLater(job: number, waiting: Waiting): void {
    this.#occupied.set(job, []);
    this.#postponed.set(job, waiting);
    this.#context().clock.after(retryMs, () => this.release(job));
  }

  waitingOf(job: JobRow): Waiting {
    return (
      this.#postponed.get(job.id) ??
      waitingForRetry(this.#context(), job) ??
      this.#waiting.get(job.id) ?? {
        code: "order",
        message: "its turn has not come yet",
        hint: "holdfast ls --state queued shows them; --priority moves a job forward",
      }
    );
  }

  #dispatch(): void {
    const { store, config, gpuUuids, gpuHolds, log, clock } = this.#context();
    const nowMs = clock.nowMs();
    const queue = store.jobs
      .queue(lookahead + this.#occupied.size, nowMs)
      .filter(({ id }) => !this.#occupied.has(id));
    const decision = decide({
      queue,
      running: this.#occupied.size,
      maxRunning: config.jobs.max_running,
      gpuUuids,
      busyGpuUuids: new Set([...this.#occupied.values()].flat()),
      withheldGpuUuids: new Set(gpuHolds.all.keys()),
    });
    this.#waiting = decision.waiting;
    this.#wakeAt(store.jobs.nextWaitEndsMs(nowMs), nowMs);
    for (const { id, gpuUuids: assigned } of decision.launch) {
      this.occupy(id, assigned);
      launch(this.#context(), id, assigned).catch((error: unknown) => {
        log.error({ err: error, job: id }, "launch");
        this.releaseLater(id, {
          code: "defect",
          message: String(error),
          hint: "holdfast server logs",
        });
      });
    }
  }

  #wakeAt(atMs: number | null, nowMs: number): void {
    this.#alarm?.cancel();
    this.#alarm =
      atMs === null
        ? null
        : // In between, because the clock may have been set meanwhile.
          this.#context().clock.after(Math.min(atMs - nowMs, lookAgainMs), () => this.poke());
  }
}
