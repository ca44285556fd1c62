import { isTerminal } from "../job/states.ts";
import type { Timer } from "../system/clock.ts";
import type { Context } from "./context.ts";
import { remove } from "./remove.ts";

const everyMs = 10 * 60_000;
// Each is a commit and a folder: the others come with the next round, soon.
const atOnce = 200;
const soonMs = 1000;

/**
 * Forgets ended jobs beyond what `[history]` keeps, oldest first. It goes the way of
 * `holdfast rm`, which refuses a job that has not ended.
 */
export class Retention {
  readonly #context: () => Context;
  #timer: Timer | null = null;
  #closed = false;

  constructor(context: () => Context) {
    this.#context = context;
  }

  open(): void {
    const { keep_for, keep_count, keep_bytes } = this.#context().config.history;
    if (keep_for > 0 || keep_count > 0 || keep_bytes > 0) this.#again(soonMs);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #again(delayMs: number): void {
    if (this.#closed) return;
    this.#timer = this.#context().clock.after(delayMs, () => {
      void this.#roundAndAgain();
    });
  }

  async #roundAndAgain(): Promise<void> {
    let removed = 0;
    try {
      removed = await this.#round();
    } catch (error) {
      this.#context().log.error({ err: error }, "forgetting old jobs");
    }
    this.#again(removed === atOnce ? soonMs : everyMs);
  }

  async #round(): Promise<number> {
    const context = this.#context();
    const { store, clock, config, log } = context;
    const { keep_for, keep_count, keep_bytes } = config.history;
    const ids = store.history.beyond(
      {
        endedBeforeMs: keep_for === 0 ? 0 : clock.nowMs() - keep_for,
        count: keep_count,
        outputBytes: keep_bytes,
      },
      atOnce,
    );
    let removed = 0;
    for (const id of ids) {
      if (this.#closed) break;
      const job = store.jobs.get(id);
      if (job === null || !isTerminal(job.state)) continue;
      if ((await remove(context, id)).ok) removed += 1;
    }
    if (removed > 0) log.info({ jobs: removed }, "old jobs were forgotten");
    return removed;
  }
}
