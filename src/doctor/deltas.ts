import type { Seen } from "./facet.ts";

/**
 * In a shorter window a counter's growth means nothing: the kernel updates pressure totals every 2
 * s, or when they are read.
 */
export const shortestWindowMs = 500;

export const tooShort = `the window was shorter than ${shortestWindowMs} ms`;

/**
 * A counter's growth over the window. Null: it was missing at one end, decreased, or the window was
 * too short.
 */
export function growth<S>(seen: Seen<S>, read: (value: S) => number | null): number | null {
  if (seen.tookMs < shortestWindowMs) return null;
  const [before, after] = [read(seen.first.value), read(seen.last.value)];
  return before === null || after === null || after < before ? null : after - before;
}

/** The growth of a microsecond counter, as a percentage of the window (0 to 100). */
export function shareOfWindow<S>(seen: Seen<S>, read: (value: S) => number | null): number | null {
  const us = growth(seen, read);
  return us === null ? null : Math.min(100, us / 10 / seen.tookMs);
}
