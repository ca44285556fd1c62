import type { Clock } from "../system/clock.ts";

/**
 * Resolves after `ms`, or when `signal` aborts. Leaves no timer that would keep the program alive.
 */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

/** Resolves with the result of `action`, or with null after `ms`. The action itself continues. */
export async function within<T>(
  clock: Clock,
  ms: number,
  action: Promise<T | null>,
): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = clock.after(ms, () => late.resolve(null));
  try {
    return await Promise.race([action, late.promise]);
  } finally {
    timer.cancel();
  }
}
