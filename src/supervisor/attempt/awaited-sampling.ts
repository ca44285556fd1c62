import type { Timer } from "../../system/clock.ts";
import type { Context } from "../context.ts";
import type { Follower } from "./follower.ts";

type Parts = Pick<Context, "clock" | "hub" | "log"> & {
  followers: ReadonlyMap<number, Pick<Follower, "isOutstanding" | "sampleAwaited">>;
};

export const sampleMs = 1000;

/**
 * Samples what live attempts wait for, so that a follower sees it without asking. One timer for all
 * attempts, and none while there is nothing to sample: a sample reads two small files in /proc for
 * each attempt that has something outstanding or that a client follows.
 */
export class AwaitedSampling {
  readonly #context: () => Parts;
  #timer: Timer | null = null;
  #closed = false;

  constructor(context: () => Parts) {
    this.#context = context;
  }

  /** An attempt has something outstanding from now on, or a follower. */
  begin(): void {
    if (this.#closed) return;
    this.#timer ??= this.#context().clock.after(sampleMs, () => this.#sample());
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #sample(): void {
    const { followers, hub, log } = this.#context();
    this.#timer = null;
    let sampled = false;
    for (const [job, follower] of followers) {
      if (!follower.isOutstanding && !hub.isFollowed(job)) continue;
      sampled = true;
      follower.sampleAwaited().catch((error: unknown) => {
        log.error({ err: error, job }, "sampling what an attempt waits for");
      });
    }
    if (sampled) this.begin();
  }
}
