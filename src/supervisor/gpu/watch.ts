import type { Owner } from "../../gpu/ownership.ts";
import type { Timer } from "../../system/clock.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { type GpuSeen, nothingSeen, withSample } from "./seen.ts";

export type WatchParts = Pick<Context, "store" | "clock" | "log" | "allocations" | "gpuProbe">;

/** Soon after the start, when a framework has created its context; then less often. */
const firstSamplesMs = [0, 2000, 8000];
const everyMs = 30_000;

/** Samples the GPUs of a running attempt, for its receipt and to recognize its processes later. */
export class GpuWatch {
  readonly #context: WatchParts;
  readonly #attempt: AttemptRow;
  #timer: Timer | null = null;
  #samples = 0;
  #sampling: Promise<void> = Promise.resolve();
  #over = false;

  constructor(context: WatchParts, attempt: AttemptRow) {
    this.#context = context;
    this.#attempt = attempt;
  }

  /** Does nothing for an attempt without GPUs, or if it has already begun. */
  begin(): void {
    if (this.#over || this.#samples > 0) return;
    if (this.#context.allocations.gpusOf(this.#attempt.id).length === 0) return;
    this.#next();
  }

  /** Takes no further samples. Resolves when the current sample has been stored. */
  close(): Promise<void> {
    this.#over = true;
    this.#timer?.cancel();
    return this.#sampling;
  }

  #next(): void {
    const delayMs = firstSamplesMs[this.#samples] ?? everyMs;
    this.#samples += 1;
    this.#timer = this.#context.clock.after(delayMs, () => {
      this.#sampling = this.#sample()
        .catch((error: unknown) => {
          // A full disk: what is seen then is seen again.
          this.#context.log.warn({ err: error, job: this.#attempt.job }, "sampling its GPUs");
        })
        .finally(() => {
          if (!this.#over) this.#next();
        });
    });
  }

  async #sample(): Promise<void> {
    const { allocations, gpuProbe, store } = this.#context;
    const snapshot = await gpuProbe.snapshot();
    const { id } = this.#attempt;
    const gpuUuids = allocations.gpusOf(id);
    const before = seenOf(this.#context, id);
    const owner = ownerOfRunning(this.#attempt, before);
    const after = withSample(before, owner, gpuUuids, snapshot);
    // Light: after a power cut nothing of it runs.
    if (after !== before)
      store.commitLightly("gpu-seen", () => store.gpus.saw(id, JSON.stringify(after)));
  }
}

/** By everything that distinguishes its processes from others while it runs. */
export function ownerOfRunning({ id, claim }: AttemptRow, { own }: GpuSeen): Owner {
  const owner: Owner = { attempt: id, seen: new Set(own) };
  if (claim === null) return owner;
  const { keeper, payload } = claim;
  return {
    ...owner,
    running: { keeperPid: keeper.pid, session: payload.session, mainStart: payload.start },
  };
}

export function seenOf({ store }: Pick<Context, "store">, attempt: string): GpuSeen {
  const text = store.gpus.of(attempt)?.seen ?? null;
  return text === null ? nothingSeen : (JSON.parse(text) as GpuSeen);
}
