import { formatDuration } from "../contract/units.ts";
import type { Clock, Timer } from "../system/clock.ts";

const checkMs = 1000;
const sayAgainMs = 30_000;

/** The awaited process. */
export interface Awaited {
  /**
   * Grows while it works: its CPU time. Null: it is not visible from here. On a busy machine it works
   * slowly; without any progress it hangs.
   */
  progress?: () => number | null;
  /** Called with a message about what is awaited. */
  onWaiting?: (text: string) => void;
}

export interface Limits {
  /** Time without progress after which the wait ends. */
  stallMs: number;
  /** Time after which a message reports what is awaited. */
  sayAfterMs: number;
}

/** Waits while there is progress, and reports what is awaited. */
export class StallTimeout {
  /** What is awaited, as part of a sentence. */
  what: string;
  readonly #clock: Clock;
  readonly #awaited: Awaited;
  readonly #stallMs: number;
  readonly #begunMs: number;
  #movedMs: number;
  /** Undefined before the first check: reading /proc/locks takes up to 10 ms, and most answers come before it. */
  #value: number | null | undefined = undefined;
  #sayAtMs: number;

  constructor(clock: Clock, awaited: Awaited, what: string, { stallMs, sayAfterMs }: Limits) {
    this.#clock = clock;
    this.#awaited = awaited;
    this.what = what;
    this.#stallMs = stallMs;
    this.#begunMs = clock.monotonicMs();
    this.#movedMs = this.#begunMs;
    this.#sayAtMs = this.#begunMs + sayAfterMs;
  }

  /** It reported progress itself. */
  moved(): void {
    this.#movedMs = this.#clock.monotonicMs();
  }

  /** Checks for progress; true if there has been none for too long. */
  isOver(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const value = this.#awaited.progress?.() ?? null;
    if (this.#value === undefined) this.#value = value;
    else if (value !== null && value !== this.#value) {
      this.#value = value;
      this.#movedMs = nowMs;
    }
    if (nowMs >= this.#sayAtMs) {
      this.#sayAtMs = nowMs + sayAgainMs;
      const elapsed = formatDuration(Math.round(nowMs - this.#begunMs));
      this.#awaited.onWaiting?.(`waiting for ${this.what}, ${elapsed} so far (Ctrl+C gives up)`);
    }
    return nowMs - this.#movedMs >= this.#stallMs;
  }

  /** Checks every second until the wait ends. */
  watch(onOver: () => void): Timer {
    let timer: Timer;
    const check = () => {
      if (this.isOver()) onOver();
      else timer = this.#clock.after(checkMs, check);
    };
    timer = this.#clock.after(checkMs, check);
    return { cancel: () => timer.cancel() };
  }
}
