import type { Clock } from "../system/clock.ts";
import type { Connection } from "./http.ts";

const firstDelayMs = 50;
const longestDelayMs = 2000;

/**
 * Waits longer after each failure, and gives up once nothing has worked for `timeoutMs`. It does not
 * give up while a server works (it starts, or recovers thousands of jobs).
 */
export class RetryDelays {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #progress: () => number | null;
  #seen: number | null = null;
  #delayMs = firstDelayMs;
  #workedAtMs: number;

  constructor({ clock, progress }: Pick<Connection, "clock" | "progress">, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#progress = progress ?? (() => null);
    this.#workedAtMs = clock.monotonicMs();
  }

  worked(): void {
    this.#delayMs = firstDelayMs;
    this.#workedAtMs = this.#clock.monotonicMs();
  }

  /** Waits, or until the abort; throws `failure` instead after the timeout. */
  async after(failure: unknown, signal?: AbortSignal): Promise<void> {
    const seen = this.#progress();
    if (seen !== null && seen !== this.#seen) this.#workedAtMs = this.#clock.monotonicMs();
    this.#seen = seen;
    if (this.#clock.monotonicMs() - this.#workedAtMs >= this.#timeoutMs) throw failure;
    if (signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(this.#delayMs, resolve);
    const stop = () => resolve();
    signal?.addEventListener("abort", stop);
    await promise;
    timer.cancel();
    // A follower may outlive many servers.
    signal?.removeEventListener("abort", stop);
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
  }
}
