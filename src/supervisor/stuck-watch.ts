import type { Clock, Timer } from "../system/clock.ts";

/** KILL takes milliseconds; a slow disk may hold a process for seconds. */
export const stuckAfterMs = 10_000;

interface Names {
  pid: number;
}

/**
 * Notices that a stop makes no progress: KILL was sent long ago and somebody still lives. From then on
 * only the kernel can end it; where the survivors hang in it is read once for each.
 */
export class StuckWatch {
  readonly #clock: Clock;
  readonly #stackOf: (pid: number) => Promise<string[] | null>;
  readonly #tell: () => void;
  readonly #stacks = new Map<number, string[] | null>();
  #survivors: readonly Names[] = [];
  #timer: Timer | null = null;
  #stuck = false;

  /** `tell` is called when it turns out to be stuck, and when a stack is known. */
  constructor(
    clock: Clock,
    stackOf: (pid: number) => Promise<string[] | null>,
    tell: () => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#stackOf = stackOf;
    this.#tell = tell;
  }

  get stuck(): boolean {
    return this.#stuck;
  }

  stackOf(pid: number): string[] | null {
    return this.#stacks.get(pid) ?? null;
  }

  /** Who is left now that KILL was sent to all; null while it was not, or when it is over. */
  heard(survivors: readonly Names[] | null): void {
    if (survivors === null) return this.close();
    this.#survivors = survivors;
    if (this.#stuck) this.#readStacks();
    this.#timer ??= this.#clock.after(stuckAfterMs, () => {
      this.#stuck = true;
      this.#readStacks();
      this.#tell();
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#stuck = false;
    this.#survivors = [];
  }

  #readStacks(): void {
    for (const { pid } of this.#survivors) {
      if (this.#stacks.has(pid)) continue;
      this.#stacks.set(pid, null);
      void this.#readStack(pid);
    }
  }

  async #readStack(pid: number): Promise<void> {
    const stack = await this.#stackOf(pid);
    if (stack === null || !this.#stuck) return;
    this.#stacks.set(pid, stack);
    this.#tell();
  }
}
