import type { ChildProcess } from "node:child_process";
import type { Clock, Timer } from "../system/clock.ts";

export type LaunchAnswer =
  | { kind: "ready"; keeperPid: number }
  /** Nothing runs, nothing is left. */
  | { kind: "failed"; stage: string; errno: string }
  /** Another process holds the claim; nothing runs. */
  | { kind: "void" }
  /** Spawner or keeper ended before it answered, or is silent: the records show whether something runs. */
  | { kind: "unknown" };

/** Whether the children that the spawner inherited from a killed keeper live. Null: this spawner did not start the keeper, or it is unknown. */
export type Orphans = "there" | "gone" | null;

/** A process that a killed keeper left and that the spawner reaped: exactly one of `code` and `signal` is a number. */
export interface Orphan {
  pid: number;
  start: number;
  comm: string;
  code: number | null;
  signal: number | null;
}

/** What the spawner ended after a keeper was killed. */
export interface EndedOrphans {
  listed: Orphan[];
  /** Ended, and not in the list. */
  omitted: number;
  /** The keepers that were killed together: with more than one, it is not known whose each orphan was. */
  keepers: number;
}

interface Kept {
  keeperPid: number;
  /** Null while it lives, as far as is known. */
  orphans: Orphans;
  ended: EndedOrphans;
}

// A launch takes milliseconds, with a busy disk a second. A keeper that is late finds its claim taken.
const timeoutMs = 30_000;

/**
 * An attempt is concluded seconds after what its killed keeper left is gone. Far more keepers than run at
 * once are remembered until then, and not all that were killed in the months of a server's life.
 */
const mostCleared = 1000;

interface Waiting {
  answer: Promise<LaunchAnswer>;
  resolve: (answer: LaunchAnswer) => void;
  timer: Timer;
}

/**
 * Starts keepers through one small resident process: forking from it costs a
 * tenth of a millisecond, from this large one several ms (measured 4.6 ms at 80 MB).
 * If it dies it is started again with the next launch; keepers do not depend on it.
 */
export class Spawner {
  readonly #start: () => Promise<ChildProcess>;
  readonly #clock: Clock;
  readonly #onComplaint: (text: string) => void;
  #child: ChildProcess | null = null;
  #starting: Promise<ChildProcess> | null = null;
  #closed = false;
  #waiting = new Map<string, Waiting>();
  readonly #kept = new Map<string, Kept>();
  #pending = "";

  /** `start` starts its process, again after one was lost. */
  constructor(
    start: () => Promise<ChildProcess>,
    clock: Clock,
    onComplaint: (text: string) => void,
  ) {
    this.#start = start;
    this.#clock = clock;
    this.#onComplaint = onComplaint;
  }

  /**
   * May be repeated. While the keeper of an attempt lives a second keeper would only find its claim
   * taken, and hide what is known of the first.
   */
  async launch(attempt: string, message: Buffer): Promise<LaunchAnswer> {
    const child = this.#child ?? (await this.#ensure());
    const waiting = this.#waiting.get(attempt);
    if (waiting !== undefined) return await waiting.answer;
    if (this.#kept.has(attempt)) return { kind: "void" };
    return await this.#send(child, attempt, message);
  }

  /** Of its process; null: it is not running. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Whether a launch of it waits for an answer. */
  isAsked(attempt: string): boolean {
    return this.#waiting.has(attempt);
  }

  /** Known before the keeper has answered. Null: this process did not start it, or it has left. */
  keeperPidOf(attempt: string): number | null {
    return this.#kept.get(attempt)?.keeperPid ?? null;
  }

  /** For an attempt whose keeper is gone: orphans of a keeper that this spawner started are reported later, and count as there until then. */
  orphansOf(attempt: string): Orphans {
    const kept = this.#kept.get(attempt);
    return kept === undefined ? null : (kept.orphans ?? "there");
  }

  /** What its process ended of an attempt whose keeper was killed; complete once `orphansOf` is `gone`. Null: this process did not start the keeper. */
  endedOrphansOf(attempt: string): EndedOrphans | null {
    const kept = this.#kept.get(attempt);
    return kept === undefined || kept.orphans === null ? null : kept.ended;
  }

  /** Its process may be stopped by a signal, and then it ends no orphans. */
  wake(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Resolves when its process runs. */
  async ready(): Promise<void> {
    await this.#ensure();
  }

  /** Ends the spawner. Keepers continue. */
  close(): void {
    this.#closed = true;
    this.#child?.stdin?.end();
    this.#child = null;
  }

  async #ensure(): Promise<ChildProcess> {
    if (this.#child !== null) return this.#child;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = null;
    });
    return await this.#starting;
  }

  async #begin(): Promise<ChildProcess> {
    const child = await this.#start();
    // Nothing else would end it.
    if (this.#closed) child.stdin?.end();
    this.#child = child;
    this.#pending = "";
    child.stdin?.on("error", () => this.#lost(child));
    child.on("error", (error) => {
      this.#onComplaint(`spawner: ${error.message}`);
      this.#lost(child);
    });
    child.on("close", () => this.#lost(child));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    child.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => this.#onComplaint(`spawner: ${text.trim()}`));
    return child;
  }

  #send(child: ChildProcess, attempt: string, message: Buffer): Promise<LaunchAnswer> {
    const { promise: answer, resolve } = Promise.withResolvers<LaunchAnswer>();
    const timer = this.#clock.after(timeoutMs, () => this.#giveUp(child, attempt));
    this.#waiting.set(attempt, { answer, resolve, timer });
    // One write, so that the spawner wakes once.
    child.stdin?.write(Buffer.concat([Buffer.from(`launch ${message.length}\n`), message]));
    return answer;
  }

  /** A spawner that is silent for this long may be stopped itself: the next launch starts another. */
  #giveUp(child: ChildProcess, attempt: string): void {
    // It is this keeper that is silent.
    if (this.#kept.has(attempt)) this.#resolve(attempt, { kind: "unknown" });
    else this.#lost(child);
  }

  #resolve(attempt: string, answer: LaunchAnswer): void {
    const waiting = this.#waiting.get(attempt);
    this.#waiting.delete(attempt);
    waiting?.timer.cancel();
    waiting?.resolve(answer);
  }

  #hear(text: string): void {
    this.#pending += text;
    for (;;) {
      const end = this.#pending.indexOf("\n");
      if (end < 0) return;
      this.#answer(this.#pending.slice(0, end).split(" "));
      this.#pending = this.#pending.slice(end + 1);
    }
  }

  #answer([word, attempt = "", ...rest]: string[]): void {
    // It answered after it was given up: the records have settled it, or will.
    const isLate = this.#kept.has(attempt);
    this.#note(word, attempt, rest);
    if (word === "started") return;
    if (!this.#waiting.has(attempt)) {
      // The end of a keeper that was ready is noticed by the process that is connected to it.
      if (!isOfEnd(word) && !isLate) this.#onComplaint(`spawner: unexpected ${word} ${attempt}`);
      return;
    }
    if (word === "ready") this.#resolve(attempt, { kind: "ready", keeperPid: Number(rest[0]) });
    else if (word === "void") this.#resolve(attempt, { kind: "void" });
    else if (isOfEnd(word)) this.#resolve(attempt, { kind: "unknown" });
    else {
      const [stage = "?", number = "?", errno = number] = rest;
      this.#resolve(attempt, { kind: "failed", stage, errno });
    }
  }

  #note(word: string | undefined, attempt: string, rest: readonly string[]): void {
    const keeperPid = Number(rest[0]);
    const before = this.#kept.get(attempt)?.ended ?? { listed: [], omitted: 0, keepers: 1 };
    const keep = (orphans: Orphans, ended = before) =>
      this.#kept.set(attempt, { keeperPid, orphans, ended });
    if (word === "started" || word === "ready") keep(null);
    else if (word === "died") keep("there");
    else if (word === "orphan") before.listed.push(orphanOf(rest.slice(1)));
    else if (word === "cleared") {
      const [, , omitted = 0, keepers = 1] = rest.map(Number);
      // Last in the map: the first are those that were cleared longest ago.
      this.#kept.delete(attempt);
      keep("gone", { listed: before.listed, omitted, keepers });
      this.#forgetOldest();
    } else if (word === "left" || word === "void" || word === "failed") this.#kept.delete(attempt);
  }

  #forgetOldest(): void {
    const cleared = [...this.#kept].filter(([, { orphans }]) => orphans === "gone");
    for (const [attempt] of cleared.slice(0, -mostCleared)) this.#kept.delete(attempt);
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#kept.clear();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { resolve, timer } of waiting) {
      timer.cancel();
      resolve({ kind: "unknown" });
    }
    // If it still lives, it ends with its input, and its keepers find their claims taken.
    child.stdin?.end();
  }
}

/** What the spawner says of a keeper that has ended, at whatever time. */
function isOfEnd(word: string | undefined): boolean {
  return word === "died" || word === "orphan" || word === "cleared" || word === "left";
}

/** The name may hold spaces: it comes last. */
function orphanOf([pid, start, code, signal, ...comm]: readonly string[]): Orphan {
  const number = (word: string | undefined) => (word === "-" ? null : Number(word));
  return {
    pid: Number(pid),
    start: Number(start),
    code: number(code),
    signal: number(signal),
    comm: comm.join(" "),
  };
}
