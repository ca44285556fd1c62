import type { JobEvent } from "../contract/event.ts";

type Listener = (event: JobEvent) => void;

/** Publishes what has been committed to the listeners. A listener that throws is a defect and does not affect the others. */
export class EventHub {
  readonly #listeners = new Map<Listener, number | null>();
  readonly #onDefect: (error: unknown) => void;

  constructor(onDefect: (error: unknown) => void) {
    this.#onDefect = onDefect;
  }

  subscribe(jobId: number | null, listener: Listener): () => void {
    // A wrapper of its own: the same function may subscribe twice.
    const own: Listener = (event) => listener(event);
    this.#listeners.set(own, jobId);
    return () => void this.#listeners.delete(own);
  }

  /** Whether a listener wants the events of this job alone. */
  isFollowed(jobId: number): boolean {
    for (const wanted of this.#listeners.values()) if (wanted === jobId) return true;
    return false;
  }

  publish(...events: JobEvent[]): void {
    for (const event of events) {
      for (const [listener, jobId] of this.#listeners) {
        if (jobId !== null && jobId !== event.jobId) continue;
        try {
          listener(event);
        } catch (error) {
          this.#onDefect(error);
        }
      }
    }
  }
}
