import type { Clock } from "../system/clock.ts";

const firstDelayMs = 50;
const longestDelayMs = 2000;

/** Waits longer from failure to failure, and gives up once nothing has worked for `patienceMs`. */
export class RetryDelays {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #delayMs = firstDelayMs;
  #workedAtMs: number;

  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#workedAtMs = clock.monotonicMs();
  }

  worked(): void {
    this.#delayMs = firstDelayMs;
    this.#workedAtMs = this.#clock.monotonicMs();
  }

  /** Waits, or until the abort; throws `failure` instead when the patience has run out. */
  async after(failure: unknown, signal?: AbortSignal): Promise<void> {
    if (this.#clock.monotonicMs() - this.#workedAtMs >= this.#patienceMs) throw failure;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(this.#delayMs, resolve);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    timer.cancel();
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
  }
}
