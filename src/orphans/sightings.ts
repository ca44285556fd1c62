/**
 * Since when each process has been seen without its parent. The kernel keeps no such time, so
 * nothing longer than what was seen is ever claimed.
 */
export class Sightings {
  #first = new Map<string, number>();

  /** `keys`: the identities of all whose parent is gone at this moment. The others are forgotten. */
  note(keys: readonly string[], monotonicMs: number): void {
    this.#first = new Map(keys.map((key) => [key, this.#first.get(key) ?? monotonicMs]));
  }

  goneMs(key: string, monotonicMs: number): number {
    return Math.round(monotonicMs - (this.#first.get(key) ?? monotonicMs));
  }
}
