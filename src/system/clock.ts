/** A timer that can be called off. Calling it off twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time, as everything outside this folder sees it. Wall time goes into records;
 * durations are measured on the monotonic clock, which nobody can set.
 */
export interface Clock {
  /** UTC milliseconds since 1970. May jump. */
  nowMs(): number;
  /** Milliseconds since some fixed point. Never goes back. */
  monotonicMs(): number;
  /** Calls back once. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

// Node clamps longer delays to 1 ms with a warning.
const longestDelayMs = 2 ** 31 - 1;

export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), longestDelayMs));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs` of `clock`. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
