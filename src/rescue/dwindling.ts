import type { Clock } from "../system/clock.ts";

/** Waits while the number that remains decreases: on a busy machine thousands of processes need time to end. */
export class Dwindling {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #least = Infinity;
  #untilMs: number;

  /** `graceMs`: the number need not decrease before that. */
  constructor(clock: Clock, timeoutMs: number, graceMs = 0) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#untilMs = clock.monotonicMs() + graceMs + timeoutMs;
  }

  /** Whether the number has not decreased for the whole timeout. */
  isOver(left: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (left < this.#least) {
      this.#least = left;
      this.#untilMs = Math.max(this.#untilMs, nowMs + this.#timeoutMs);
    }
    return nowMs >= this.#untilMs;
  }
}
