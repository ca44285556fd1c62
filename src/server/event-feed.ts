import type { JobEvent } from "../contract/event.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import type { Bell } from "./bell.ts";

const pageEvents = 500;
/** How far a reader may fall behind before it is served from the store again. */
const mostQueued = 1000;

/**
 * Stored events without a gap and without a duplicate, then live ones.
 *
 * While it replays, live events are not kept: the replay will read those that are stored. That nothing
 * is stored after the last page is asked in the turn of the event loop that switches to live, so nothing
 * can be committed in between. A reader that falls behind while live goes back to replaying; it only
 * loses events that are not stored, so the queue stays bounded without losing a reader.
 */
export class EventFeed {
  readonly #supervisor: Supervisor;
  readonly #jobId: number | null;
  readonly #bell: Bell;
  readonly #unsubscribe: () => void;
  #after: number;
  #live = false;
  #queue: JobEvent[] = [];

  constructor(supervisor: Supervisor, jobId: number | null, after: number, bell: Bell) {
    this.#supervisor = supervisor;
    this.#jobId = jobId;
    this.#after = after;
    this.#bell = bell;
    this.#unsubscribe = supervisor.subscribe(jobId, (event) => this.#offer(event));
  }

  /** The next events, oldest first; none: wait for the bell. */
  async take(): Promise<JobEvent[]> {
    while (!this.#live) {
      const stored = this.#supervisor.lastSeq(this.#jobId);
      if (stored <= this.#after) {
        this.#live = true;
        break;
      }
      const query = { job: this.#jobId, after: this.#after, limit: pageEvents };
      const page = await this.#supervisor.events(query);
      if (page.length > 0) return this.#passOn(page);
      // They were removed with their job.
      this.#after = stored;
    }
    const queued = this.#queue;
    this.#queue = [];
    return this.#passOn(queued);
  }

  close(): void {
    this.#unsubscribe();
  }

  #offer(event: JobEvent): void {
    if (this.#live && this.#queue.length >= mostQueued) {
      this.#live = false;
      this.#queue = [];
    }
    if (this.#live) this.#queue.push(event);
    this.#bell.ring();
  }

  #passOn(events: JobEvent[]): JobEvent[] {
    // An event that is published after the replay has read it would come twice.
    const fresh = events.filter(({ seq }) => seq === null || seq > this.#after);
    for (const { seq } of fresh) this.#after = seq ?? this.#after;
    return fresh;
  }
}
