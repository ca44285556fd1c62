/** A timer that can be called off. Calling it off twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time for everything outside this folder. Wall time goes into records; durations
 * are measured on the monotonic clock, which cannot be set.
 */
export interface Clock {
  /** UTC milliseconds since 1970. May jump. */
  nowMs(): number;
  /** Milliseconds since some fixed point. Never goes back. */
  monotonicMs(): number;
  /** Calls back once. */
  after(delayMs: number, callback: () => void): Timer;
  /** Calls back when the current work is done, before any timer. */
  soon(callback: () => void): void;
}

// Node clamps longer delays to 1 ms with a warning.
const longestDelayMs = 2 ** 31 - 1;

/** Its timers do not keep the process alive. */
export const realClock: Clock = systemClock(false);

/** The same for a program whose only work may be to wait: its timers keep the process alive. */
export const foregroundClock: Clock = systemClock(true);

// For tests: as if the wall clock had been set.
const offsetMs = Number(process.env["HOLDFAST_CLOCK_OFFSET_MS"] ?? "0");

function systemClock(keepsAlive: boolean): Clock {
  return {
    nowMs: () => Date.now() + offsetMs,
    // Not performance.now(): loading perf_hooks for it takes 1 ms of every command.
    monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
    after(delayMs, callback) {
      const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), longestDelayMs));
      if (!keepsAlive) handle.unref();
      return { cancel: () => clearTimeout(handle) };
    },
    soon: (callback) => void setImmediate(callback),
  };
}

/** Resolves after `delayMs` of `clock`. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
