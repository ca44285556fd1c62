import type { Job } from "../../client/client.ts";
import type { Context } from "../context.ts";
import { durationValue } from "../grammar/values.ts";

const defaultTimeoutMs = 60_000;

/**
 * Ends the wait for a stop that is stuck, or that its keeper has not begun; a keeper normally answers
 * within milliseconds. There is no timeout while a stop progresses or its grace period runs.
 */
export class StopTimeout {
  readonly #clock: Context["clock"];
  readonly #untilMs: number;
  readonly #giveUp: () => void;
  #timer: { cancel(): void } | null = null;

  constructor({ args, clock }: Context, giveUp: () => void) {
    this.#clock = clock;
    this.#untilMs = clock.monotonicMs() + (durationValue(args, "--wait") ?? defaultTimeoutMs);
    this.#giveUp = giveUp;
  }

  heard({ stopping }: Job): void {
    if (stopping?.stuck !== true && stopping?.phase !== "asked") return this.end();
    const leftMs = Math.max(0, this.#untilMs - this.#clock.monotonicMs());
    this.#timer ??= this.#clock.after(leftMs, this.#giveUp);
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
