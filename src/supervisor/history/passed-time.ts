/** What is kept of it from one server to the next. UTC milliseconds. */
export interface PassedTimeMark {
  trustedMs: number;
}

const toleranceMs = 3_600_000;
/** Of running. A clock that was set wrongly is noticed by then. */
const trustedAfterMs = 24 * 3_600_000;

/**
 * The wall clock, as far as it agrees with the time that a server has seen pass: deletion by age uses
 * this. A clock that is set forward by a year makes nothing a year old; it is trusted after it has
 * stayed so for a day of running. The time during which no server ran is doubted in the same way.
 */
export class PassedTime {
  #trustedMs: number;
  #monotonicMs: number;
  #apartSinceMs: number | null = null;
  #apartMs = 0;

  constructor(trustedMs: number, monotonicMs: number) {
    this.#trustedMs = trustedMs;
    this.#monotonicMs = monotonicMs;
  }

  /** The time before which something is certainly past: never later than the wall clock. */
  measure(nowMs: number, monotonicMs: number): number {
    this.#trustedMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
    const apartMs = nowMs - this.#trustedMs;
    if (Math.abs(apartMs) <= toleranceMs) this.#trust(nowMs);
    else {
      // Set once more: the day begins again.
      if (this.#apartSinceMs === null || Math.abs(apartMs - this.#apartMs) > toleranceMs) {
        this.#apartSinceMs = monotonicMs;
        this.#apartMs = apartMs;
      }
      if (monotonicMs - this.#apartSinceMs >= trustedAfterMs) this.#trust(nowMs);
    }
    return Math.min(this.#trustedMs, nowMs);
  }

  get mark(): PassedTimeMark {
    return { trustedMs: Math.round(this.#trustedMs) };
  }

  /** How far the wall clock is ahead, and for how long it is still doubted; null: it is trusted, or behind. */
  get doubt(): { aheadMs: number; leftMs: number } | null {
    if (this.#apartSinceMs === null || this.#apartMs < 0) return null;
    const leftMs = trustedAfterMs - (this.#monotonicMs - this.#apartSinceMs);
    return { aheadMs: this.#apartMs, leftMs };
  }

  #trust(nowMs: number): void {
    this.#trustedMs = nowMs;
    this.#apartSinceMs = null;
  }
}
