import type { Clock, Timer } from "./clock.ts";

/** A clock that stands still until a test moves it. Timers fire in order of their time, then of their making. */
export class FakeClock implements Clock {
  #now: number;
  #elapsed = 0;
  #waiting: { at: number; callback: () => void }[] = [];

  constructor(nowMs = 1_790_000_000_000) {
    this.#now = nowMs;
  }

  nowMs(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#elapsed;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { at: this.#elapsed + Math.max(0, delayMs), callback };
    this.#waiting.push(entry);
    return {
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
      },
    };
  }

  /** Not a matter of time: it happens without `advance`. */
  soon(callback: () => void): void {
    setImmediate(callback);
  }

  /** Moves both clocks on and fires what is due, also what the fired ones set. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const due = this.#waiting
        .filter((entry) => entry.at <= end)
        .toSorted((a, b) => a.at - b.at)
        .at(0);
      if (due === undefined) break;
      this.#waiting = this.#waiting.filter((other) => other !== due);
      this.#step(Math.max(0, due.at - this.#elapsed));
      due.callback();
    }
    this.#step(end - this.#elapsed);
  }

  /** Sets the wall clock, as a person would; durations do not change. */
  setWallClock(nowMs: number): void {
    this.#now = nowMs;
  }

  get pendingTimers(): number {
    return this.#waiting.length;
  }

  /** How long until the first timer is due; null: none is set. */
  get nextTimerMs(): number | null {
    if (this.#waiting.length === 0) return null;
    return Math.max(0, Math.min(...this.#waiting.map(({ at }) => at)) - this.#elapsed);
  }

  #step(ms: number): void {
    this.#elapsed += ms;
    this.#now += ms;
  }
}
