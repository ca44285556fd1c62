/** Numbers that a seed determines (mulberry32). Each actor has its own, so that one's turns do not change another's. */
export class Random {
  #state: number;

  constructor(seed: number, actor: string) {
    this.#state = seed >>> 0;
    for (const char of actor) this.#state = Math.imul(this.#state ^ char.charCodeAt(0), 0x9e3779b1);
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(from: number, to: number): number {
    return Math.floor(from + this.next() * (to - from));
  }

  /** Undefined for an empty list. */
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.between(0, list.length)];
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
