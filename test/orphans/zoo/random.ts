/** Numbers derived from a seed (mulberry32), so that a zoo can be reproduced. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new Error("there is nothing to pick from");
    return found;
  }

  /** True once in `times` on average. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** Shuffles. */
  shuffled<T>(list: readonly T[]): T[] {
    const order = list.map((one) => ({ one, key: this.below(2 ** 31) }));
    return order.toSorted((a, b) => a.key - b.key).map(({ one }) => one);
  }
}
