import { firstSeen } from "../../contract/first-seen.ts";
import type { WaitingThere } from "../../engines/engine.ts";
import type { HeldUpPart } from "../../engines/machine.ts";
import type { Clock } from "../../system/clock.ts";

/** What an attempt waits for that needs an action from outside. */
export type Awaited =
  | { kind: "held_up"; by: HeldUpPart }
  /** Its keeper lives and does not answer. */
  | { kind: "silent"; keeperPid: number | null; folder: string }
  /** Its engine has accepted it and not started it. */
  | { kind: "waiting_there"; engine: string; waiting: WaitingThere }
  /** Every process has ended, and the keeper cannot write that down. */
  | { kind: "unrecorded"; folder: string }
  /** What is on the disk about it cannot be read. */
  | { kind: "unreadable"; error: string };

/**
 * Inspects whenever the job is sampled or shown, so that it never waits in silence, and remembers when
 * something was first seen; how long it lasted before that is unknown. A list of many jobs reuses
 * inspections of the last second: each inspection reads a file in /proc for each job.
 */
export class AwaitedWatch {
  readonly #clock: Clock;
  readonly #sample: () => Promise<Awaited | null>;
  #seen: Awaited | null = null;
  #sinceMs = 0;
  #seenAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, sample: () => Promise<Awaited | null>) {
    this.#clock = clock;
    this.#sample = sample;
  }

  /** Null: only the job itself is waited for. */
  async message(maxAgeMs = 0): Promise<string | null> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#seenAtMs >= maxAgeMs) await this.#inspect(nowMs);
    return this.#seen === null ? null : awaitedMessage(this.#seen, nowMs - this.#sinceMs);
  }

  async #inspect(nowMs: number): Promise<void> {
    const now = await this.#sample();
    // A later inspection was faster.
    if (nowMs < this.#seenAtMs) return;
    if (!isSame(now, this.#seen)) this.#sinceMs = nowMs;
    this.#seen = now;
    this.#seenAtMs = nowMs;
  }
}

function isSame(a: Awaited | null, b: Awaited | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

export function awaitedMessage(awaited: Awaited, ageMs: number): string {
  const seen = firstSeen(ageMs);
  switch (awaited.kind) {
    case "held_up":
      return heldUpMessage(awaited.by, seen);
    case "silent":
      return `its keeper${awaited.keeperPid === null ? "" : ` (pid ${awaited.keeperPid})`} lives and does not answer at ${awaited.folder}/keeper.sock (${seen}); check that the folder can be read; holdfast cancel stops the job by a signal to the keeper`;
    case "waiting_there":
      return `${waitingThereMessage(awaited)} (${seen}); holdfast cancel gives it up`;
    case "unrecorded":
      return `every process has ended, and the keeper cannot write exit.json in ${awaited.folder} (${seen}); make room on that disk, or make the folder writable: the keeper tries again every 5s`;
    case "unreadable":
      return `its records cannot be read: ${awaited.error} (${seen}); it is tried again every 2s`;
  }
}

/** For people, with the engine's own reason. */
export function waitingThereMessage({
  engine,
  waiting: { reason, host },
}: Extract<Awaited, { kind: "waiting_there" }>): string {
  return `accepted by ${engine} on ${host}, and not started there yet: ${reason}`;
}

function heldUpMessage({ part, pid, how, tracer }: HeldUpPart, seen: string): string {
  const named = part === "keeper" ? "its keeper" : "the process that starts keepers";
  if (how === "stopped")
    return `${named} (pid ${pid}) is stopped by a signal (${seen}); kill -CONT ${pid} continues it`;
  if (tracer === null)
    return `${named} (pid ${pid}) is traced by a process that cannot be seen from here, and does not run (${seen}); detach it there`;
  const name = tracer.comm ?? "a process";
  return `${named} (pid ${pid}) is traced by ${name} (pid ${tracer.pid}) and does not run (${seen}); detach it there, or end that process: kill ${tracer.pid}`;
}
