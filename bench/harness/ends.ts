import { followEvents } from "../../src/client/events.ts";
import { isTerminal } from "../../src/job/states.ts";
import { realClock } from "../../src/system/clock.ts";

/** Which jobs have ended, by the server's stream of events. */
export class Ends {
  readonly #ended = new Set<number>();
  readonly #waiting = new Map<number, () => void>();
  readonly #stop = new AbortController();
  readonly #followed: Promise<void>;

  constructor(socket: string) {
    this.#followed = this.#follow(socket);
  }

  /** Resolves when the job is in a terminal state, also where it was before. */
  async of(id: number): Promise<void> {
    if (this.#ended.has(id)) return;
    const ended = new Promise<void>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    await Promise.race([ended, this.#followed]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#followed;
  }

  async #follow(socket: string): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const event of followEvents({ socket, clock: realClock }, { signal, after: 0 })) {
        if (event.type !== "state" || event.state === null || !isTerminal(event.state)) continue;
        this.#ended.add(event.jobId);
        this.#waiting.get(event.jobId)?.();
        this.#waiting.delete(event.jobId);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
