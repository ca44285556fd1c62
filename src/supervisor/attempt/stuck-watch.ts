import type { WhyStuck } from "../../engines/machine.ts";
import type { Clock, Timer } from "../../system/clock.ts";

/** KILL takes milliseconds; a slow disk may hold a process for seconds. */
export const stuckAfterMs = 10_000;

interface Names {
  pid: number;
}

const unknown: WhyStuck = { stack: null, obstacle: null };

/**
 * Notices that a stop makes no progress: KILL was sent long ago and processes are still alive. From
 * then on it finds out for each what keeps it. A stack is read once; an obstacle may come later, as
 * when a process is frozen after it was killed, so as long as there is none it is looked for again.
 */
export class StuckWatch {
  readonly #clock: Clock;
  readonly #why: (pid: number) => Promise<WhyStuck>;
  readonly #report: () => void;
  readonly #known = new Map<number, WhyStuck>();
  readonly #asked = new Set<number>();
  #survivors: readonly Names[] = [];
  #timer: Timer | null = null;
  #stuck = false;

  /** `report` is called when it turns out to be stuck, and when more is known of a process. */
  constructor(
    clock: Clock,
    why: (pid: number) => Promise<WhyStuck>,
    report: () => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#why = why;
    this.#report = report;
  }

  get stuck(): boolean {
    return this.#stuck;
  }

  whyStuck(pid: number): WhyStuck {
    return this.#known.get(pid) ?? unknown;
  }

  /** The processes that are alive now that KILL was sent to all; null while it was not, or when it is over. */
  heard(survivors: readonly Names[] | null): void {
    if (survivors === null) return this.close();
    this.#survivors = survivors;
    if (this.#stuck) this.#askForAll();
    this.#timer ??= this.#clock.after(stuckAfterMs, () => {
      this.#stuck = true;
      this.#askForAll();
      this.#report();
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#stuck = false;
    this.#survivors = [];
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #askForAll(): void {
    for (const { pid } of this.#survivors) {
      if (this.#asked.has(pid) || this.whyStuck(pid).obstacle !== null) continue;
      this.#asked.add(pid);
      void this.#ask(pid);
    }
  }

  async #ask(pid: number): Promise<void> {
    const before = this.whyStuck(pid);
    const { stack, obstacle } = await this.#why(pid);
    this.#asked.delete(pid);
    if (!this.#stuck || (obstacle === null && (stack === null || before.stack !== null))) return;
    this.#known.set(pid, { stack: before.stack ?? stack, obstacle });
    this.#report();
  }
}
