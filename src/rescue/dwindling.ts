import type { Clock } from "../system/clock.ts";

/** Waits while fewer and fewer remain: on a busy machine thousands of processes take their time to end. */
export class Dwindling {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #least = Infinity;
  #untilMs: number;

  /** `graceMs`: nothing has to become less before that. */
  constructor(clock: Clock, patienceMs: number, graceMs = 0) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#untilMs = clock.monotonicMs() + graceMs + patienceMs;
  }

  /** Whether there have never been fewer than before for as long as the patience. */
  isOver(left: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (left < this.#least) {
      this.#least = left;
      this.#untilMs = Math.max(this.#untilMs, nowMs + this.#patienceMs);
    }
    return nowMs >= this.#untilMs;
  }
}
