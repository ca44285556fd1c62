import type { Seen } from "./facet.ts";

/** Below this a counter's growth says nothing: the kernel adds pressure up every 2 s or when asked. */
export const shortestWindowMs = 500;

export const tooShort = `the window was shorter than ${shortestWindowMs} ms`;

/**
 * How much a counter grew over the window. Null: it was not there at both ends, went back, or the
 * window is too short.
 */
export function growth<S>(seen: Seen<S>, read: (value: S) => number | null): number | null {
  if (seen.tookMs < shortestWindowMs) return null;
  const [before, after] = [read(seen.first.value), read(seen.last.value)];
  return before === null || after === null || after < before ? null : after - before;
}

/** The same as a share of the window, 0 to 100, of a counter in microseconds. */
export function shareOfWindow<S>(seen: Seen<S>, read: (value: S) => number | null): number | null {
  const us = growth(seen, read);
  return us === null ? null : Math.min(100, us / 10 / seen.tookMs);
}
