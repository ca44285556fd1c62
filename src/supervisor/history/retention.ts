import { formatDuration } from "../../contract/units.ts";
import { isTerminal } from "../../job/states.ts";
import { isStorageFailure } from "../../store/sqlite-errors.ts";
import type { Timer } from "../../system/clock.ts";
import { PassedTime } from "./passed-time.ts";
import { remove, type RemoveParts } from "../verbs/remove.ts";

const everyMs = 10 * 60_000;
// Each is a commit and a folder: the others come with the next round, soon.
const atOnce = 200;
const soonMs = 1000;

/**
 * Forgets ended jobs beyond what `[history]` keeps, oldest first. It uses the code of
 * `holdfast rm`, which refuses a job that has not ended.
 */
export class Retention {
  readonly #context: () => RemoveParts;
  #timer: Timer | null = null;
  #time: PassedTime | null = null;
  #closed = false;
  /** Not removed in this sweep: the next rounds look beyond them. */
  readonly #passedOver = new Set<number>();

  constructor(context: () => RemoveParts) {
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
    let isMore = false;
    try {
      isMore = await this.#round();
    } catch (error) {
      this.#context().log.error({ err: error }, "forgetting old jobs");
    }
    // The next sweep considers all jobs again: a refusal need not be for ever.
    if (!isMore) this.#passedOver.clear();
    this.#again(isMore ? soonMs : everyMs);
  }

  /** Whether there may be more to remove. */
  async #round(): Promise<boolean> {
    const context = this.#context();
    const { store, config, log } = context;
    const { keep_for, keep_count, keep_bytes } = config.history;
    if (keep_count > 0 || keep_bytes > 0) await this.#count();
    if (this.#closed) return false;
    const limit = atOnce + this.#passedOver.size;
    const ids = store.history.beyond(
      {
        endedBeforeMs: keep_for === 0 ? 0 : this.#passed() - keep_for,
        count: keep_count,
        outputBytes: keep_bytes,
      },
      limit,
    );
    let removed = 0;
    for (const id of ids) {
      if (this.#closed) break;
      if (this.#passedOver.has(id)) continue;
      if (await this.#isRemoved(id)) removed += 1;
      else this.#passedOver.add(id);
    }
    if (removed > 0) log.info({ jobs: removed }, "old jobs were forgotten");
    return ids.length === limit;
  }

  /** One job that cannot be removed must not keep all others. */
  async #isRemoved(id: number): Promise<boolean> {
    const context = this.#context();
    try {
      const job = context.store.jobs.get(id);
      // What is damaged is kept: its age may be what was altered.
      if (job === null || !isTerminal(job.state) || job.damaged.length > 0) return false;
      return (await remove(context, id)).ok;
    } catch (error) {
      if (isStorageFailure(error)) throw error;
      context.log.error({ err: error, job: id }, "forgetting an old job");
      return false;
    }
  }

  /** Once for a server: later changes are added to the totals with the change itself. */
  async #count(): Promise<void> {
    const { store, clock } = this.#context();
    while (!this.#closed && !store.history.count())
      await new Promise<void>((resolve) => clock.soon(resolve));
  }

  /** The wall clock may be wrong, and a deletion is final. */
  #passed(): number {
    const { store, clock, log } = this.#context();
    const nowMs = clock.nowMs();
    const monotonicMs = clock.monotonicMs();
    // Without a mark, as in the first run with this setting: until when something happened here.
    const markMs = store.marks.get("passed-time") ?? store.events.lastAtMs() ?? nowMs;
    this.#time ??= new PassedTime(Math.min(markMs, nowMs), monotonicMs);
    const doubtedBefore = this.#time.doubt !== null;
    const passedMs = this.#time.measure(nowMs, monotonicMs);
    const { doubt, mark } = this.#time;
    if (doubt !== null && !doubtedBefore)
      log.warn(
        doubt,
        "the clock is ahead of the time that has passed; ages use the time that has passed",
      );
    // Light: after a power cut the previous mark only counts a little less time.
    store.commitLightly("passed-time", () => store.marks.set("passed-time", mark.trustedMs));
    return passedMs;
  }

  /** For people, while the clock is doubted. */
  get warnings(): string[] {
    const doubt = this.#time?.doubt ?? null;
    if (doubt === null) return [];
    return [
      `the clock is ${formatDuration(doubt.aheadMs)} ahead of the time that Holdfast has seen pass: history.keep_for goes by the latter for another ${formatDuration(doubt.leftMs)} of running, unless the clock is put right`,
    ];
  }
}
