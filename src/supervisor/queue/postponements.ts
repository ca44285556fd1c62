import type { Waiting } from "../../contract/job.ts";
import type { Clock } from "../../system/clock.ts";
import type { Postponement } from "./queue-control.ts";

// A second is long enough for the machine to have room again. A refused job lets others go first;
// otherwise a job that is refused every time would block the only slot.
const machineMs = 1000;
const jobMs = 5000;

interface Entry {
  waiting: Waiting;
  /** Monotonic. */
  untilMs: number;
}

/**
 * Jobs in the queue that are not candidates until a time, because the disk or the kernel refused
 * their launch. They hold nothing. Memory only: a new server tries at once.
 */
export class Postponements {
  readonly #clock: () => Clock;
  readonly #jobs = new Map<number, Entry>();
  /** A refusal that would hit every job: the whole queue waits for a moment. */
  #machine: Entry | null = null;

  constructor(clock: () => Clock) {
    this.#clock = clock;
  }

  add(job: number, { waiting, concernsAll }: Postponement): void {
    const nowMs = this.#clock().monotonicMs();
    this.#jobs.set(job, { waiting, untilMs: nowMs + jobMs });
    if (concernsAll) this.#machine = { waiting, untilMs: nowMs + machineMs };
  }

  /** It has left the queue. */
  forget(job: number): void {
    this.#jobs.delete(job);
  }

  /** Why a job is not a candidate now; null: it is a candidate. */
  of(job: number): Waiting | null {
    const entry = this.#jobs.get(job);
    return entry !== undefined && this.#lasts(entry) ? entry.waiting : null;
  }

  /** Why nothing is launched now; null: launches are not blocked. */
  get machine(): Waiting | null {
    return this.#machine !== null && this.#lasts(this.#machine) ? this.#machine.waiting : null;
  }

  get count(): number {
    return this.#jobs.size;
  }

  /** Forgets what is over. Returns how long until the next one is; null: nothing is postponed. */
  nextEndMs(): number | null {
    for (const [job, entry] of this.#jobs) if (!this.#lasts(entry)) this.#jobs.delete(job);
    const entries = [...this.#jobs.values(), ...(this.#machine === null ? [] : [this.#machine])];
    const left = entries
      .filter((entry) => this.#lasts(entry))
      .map(({ untilMs }) => untilMs - this.#clock().monotonicMs());
    return left.length === 0 ? null : Math.min(...left);
  }

  #lasts({ untilMs }: Entry): boolean {
    return this.#clock().monotonicMs() < untilMs;
  }
}
