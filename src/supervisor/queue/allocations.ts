import type { Allocation } from "../../job/allocation.ts";
import type { Store } from "../../store/store.ts";

/**
 * What is in use, and the only thing that is asked about it: what unfinished attempts hold by the
 * store, and what launches that have not reached the store yet are about to take. The latter is
 * memory only: before `starting` is on record nothing runs.
 */
export class Allocations {
  readonly #store: () => Store;
  /** By attempt. */
  readonly #reserved = new Map<string, Allocation>();

  constructor(store: () => Store) {
    this.#store = store;
  }

  /** For a launch. */
  reserve(allocation: Allocation): void {
    this.#reserved.set(allocation.attempt, allocation);
  }

  /** The launch has reached the store, or will not. */
  endReservation(attempt: string): void {
    this.#reserved.delete(attempt);
  }

  inUse(): Allocation[] {
    const stored = this.#store().allocations.all();
    const known = new Set(stored.map(({ attempt }) => attempt));
    return [
      ...stored,
      ...[...this.#reserved.values()].filter(({ attempt }) => !known.has(attempt)),
    ];
  }

  /** The job is in the queue by the store, and being launched. */
  isLaunching(job: number): boolean {
    return [...this.#reserved.values()].some((allocation) => allocation.job === job);
  }

  /** The job that holds a GPU; null: none does. */
  jobWith(uuid: string): number | null {
    const holder = this.inUse().find(({ resources }) => resources.gpuUuids.includes(uuid));
    return holder?.job ?? null;
  }

  /** What an attempt that has not ended holds. */
  gpusOf(attempt: string): readonly string[] {
    return this.#store().allocations.of(attempt)?.resources.gpuUuids ?? [];
  }
}
