import { spread, type Spread } from "./spread.ts";

/** One line of a result: what was measured, its peer in the same run, and what was aimed at. */
export interface Figure {
  what: string;
  unit: string;
  ours: Spread;
  peer: { what: string; values: Spread } | null;
  /** Median of ours by median of the peer's. */
  ratio: number | null;
  goal: { text: string; met: boolean } | null;
}

/** One question. Its file measures it. */
export interface Bench {
  question: string;
  measure(say: (message: string) => void): Promise<Figure[]>;
}

interface Measured {
  what: string;
  unit: string;
  ours: readonly number[];
  peer?: { what: string; values: readonly number[] };
  goal?: Goal;
}

/** What has to hold, and how it is said. `peer` is NaN where there is none. */
export interface Goal {
  text: string;
  isMet(ours: number, peer: number): boolean;
}

export const atMost = (limit: number, unit: string): Goal => ({
  text: `≤ ${limit} ${unit}`,
  isMet: (ours) => ours <= limit,
});

export const atLeast = (limit: number, unit: string): Goal => ({
  text: `≥ ${limit} ${unit}`,
  isMet: (ours) => ours >= limit,
});

export const atMostTimes = (factor: number): Goal => ({
  text: `≤ ${factor} ×`,
  isMet: (ours, peer) => ours <= factor * peer,
});

export const atLeastTimes = (factor: number): Goal => ({
  text: `≥ ${factor} ×`,
  isMet: (ours, peer) => ours >= factor * peer,
});

export const atMostMore = (limit: number, unit: string): Goal => ({
  text: `≤ +${limit} ${unit}`,
  isMet: (ours, peer) => ours - peer <= limit,
});

export function figure({ what, unit, ours, peer, goal }: Measured): Figure {
  const values = spread(ours);
  const beside = peer === undefined ? null : { what: peer.what, values: spread(peer.values) };
  const peerMedian = beside?.values.median ?? NaN;
  return {
    what,
    unit,
    ours: values,
    peer: beside,
    // Of nothing there is no part.
    ratio: beside === null || peerMedian === 0 ? null : values.median / peerMedian,
    goal:
      goal === undefined ? null : { text: goal.text, met: goal.isMet(values.median, peerMedian) },
  };
}
