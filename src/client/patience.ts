import { formatDuration } from "../contract/units.ts";
import type { Clock, Timer } from "../system/clock.ts";

const lookMs = 1000;
const sayAgainMs = 30_000;

/** The process that is waited for. */
export interface Awaited {
  /**
   * Grows while it is at work: its processor time. Null: it cannot be seen from here. On a busy
   * machine it works slowly; without any progress it hangs.
   */
  progress?: () => number | null;
  /** Hears what is waited for, for people. */
  onWaiting?: (text: string) => void;
}

export interface Limits {
  /** Without progress for this long it is given up. */
  stallMs: number;
  /** After this long a person is informed of what is waited for. */
  sayAfterMs: number;
}

/** Waits for as long as there is progress, and says what is waited for. */
export class Patience {
  /** What is waited for, as part of a sentence. */
  what: string;
  readonly #clock: Clock;
  readonly #awaited: Awaited;
  readonly #stallMs: number;
  readonly #begunMs: number;
  #movedMs: number;
  #value: number | null;
  #sayAtMs: number;

  constructor(clock: Clock, awaited: Awaited, what: string, { stallMs, sayAfterMs }: Limits) {
    this.#clock = clock;
    this.#awaited = awaited;
    this.what = what;
    this.#stallMs = stallMs;
    this.#begunMs = clock.monotonicMs();
    this.#movedMs = this.#begunMs;
    this.#value = awaited.progress?.() ?? null;
    this.#sayAtMs = this.#begunMs + sayAfterMs;
  }

  /** It reported progress itself. */
  moved(): void {
    this.#movedMs = this.#clock.monotonicMs();
  }

  /** Looks for progress: whether there has been none for too long. */
  isOver(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const value = this.#awaited.progress?.() ?? null;
    if (value !== null && value !== this.#value) {
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

  /** Looks every second until it is over. */
  watch(onOver: () => void): Timer {
    let timer: Timer;
    const look = () => {
      if (this.isOver()) onOver();
      else timer = this.#clock.after(lookMs, look);
    };
    timer = this.#clock.after(lookMs, look);
    return { cancel: () => timer.cancel() };
  }
}
