import type { Clock, Timer } from "../../system/clock.ts";
import type { ProbeChild } from "./child.ts";
import type { Answers, Line, Question, Questions } from "./questions.ts";

export interface GuardSettings {
  /** Time limit for an answer. */
  answerMs: number;
  /**
   * Time limit for the first answer of a process: without persistence mode the driver takes up to 3
   * s to wake each GPU.
   */
  firstAnswerMs: number;
  /** A process without queries ends after this time. */
  idleMs: number;
}

export type Asked<T> =
  | { kind: "answered"; answer: T }
  /** It was killed. `stuck`: it still hangs in the kernel. */
  | { kind: "hung"; reason: string }
  | { kind: "crashed"; reason: string }
  /** It failed recently and is not queried for a while; `last` is that failure. */
  | { kind: "resting"; last: "hung" | "crashed"; reason: string };

/** A process that does not end within this time after SIGKILL hangs in the kernel. */
const lingerMs = 2000;
const firstRestMs = 1000;
const longestRestMs = 10 * 60 * 1000;

/**
 * Driver and /proc fail for different reasons, and a hung driver must not prevent the search for
 * holders.
 */
const partOf = (ask: keyof Questions) => (ask === "holders" ? "proc" : "driver");
type Part = ReturnType<typeof partOf>;

interface Failure {
  kind: "hung" | "crashed";
  reason: string;
  restMs: number;
  untilMs: number;
}

/**
 * Supervises the probe's process: starts it on demand, kills it if it does not answer in time, and
 * starts it again after a delay that doubles with each failure. A killed process that hangs in the
 * kernel (D state) is counted, and until it is gone no other process runs the same query.
 */
export class ProbeGuard {
  readonly #start: () => ProbeChild;
  readonly #clock: Clock;
  readonly #settings: GuardSettings;
  readonly #stuck = new Map<number, Part>();
  readonly #failed = new Map<Part, Failure>();
  #failures = 0;
  #child: ProbeChild | null = null;
  #answeredOnce = false;
  #nextId = 1;
  #idle: Timer | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting: { id: number; heard: (line: Line) => void; gone: (how: string) => void } | null = null;

  constructor(start: () => ProbeChild, clock: Clock, settings: GuardSettings) {
    this.#start = start;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** How often a probe process crashed or had to be killed. */
  get failures(): number {
    return this.#failures;
  }

  get stuckPids(): number[] {
    return [...this.#stuck.keys()];
  }

  /** Runs one query at a time, in order. Never rejects. */
  ask<K extends keyof Questions>(question: Questions[K]): Promise<Asked<Answers[K]>> {
    const asked = this.#turn.then(() => this.#askNow(question));
    this.#turn = asked;
    return asked as Promise<Asked<Answers[K]>>;
  }

  /** Ends the process; a later query starts another. */
  close(): void {
    this.#idle?.cancel();
    const child = this.#child;
    this.#child = null;
    child?.kill();
  }

  async #askNow(question: Question): Promise<Asked<unknown>> {
    const part = partOf(question.ask);
    const resting = this.#resting(part);
    if (resting !== null) return resting;
    this.#idle?.cancel();
    const outcome = await this.#exchange(this.#running(), question, part);
    if (outcome.kind === "answered") this.#failed.delete(part);
    else if (outcome.kind !== "resting") this.#note(part, outcome.kind, outcome.reason);
    this.#idle = this.#clock.after(this.#settings.idleMs, () => this.#retire());
    return outcome;
  }

  #resting(part: Part): Asked<never> | null {
    const [stuck] = [...this.#stuck].filter(([, of]) => of === part).map(([pid]) => pid);
    if (stuck !== undefined)
      return {
        kind: "resting",
        last: "hung",
        reason: `an earlier probe (process ${stuck}) hangs in the kernel and cannot be killed; no other is started until it is gone`,
      };
    const failed = this.#failed.get(part);
    const leftMs = (failed?.untilMs ?? 0) - this.#clock.monotonicMs();
    if (failed === undefined || leftMs <= 0) return null;
    const reason = `${failed.reason}; next query in ${Math.ceil(leftMs / 1000)}s`;
    return { kind: "resting", last: failed.kind, reason };
  }

  #running(): ProbeChild {
    if (this.#child !== null) return this.#child;
    const child = this.#start();
    this.#child = child;
    this.#answeredOnce = false;
    child.onLine((text) => {
      const line = parse(text);
      if (line !== null && line.id === this.#waiting?.id) this.#waiting.heard(line);
    });
    child.onGone((how) => {
      this.#stuck.delete(child.pid);
      if (this.#child === child) {
        this.#child = null;
        this.#waiting?.gone(how);
      }
    });
    return child;
  }

  #exchange(child: ProbeChild, question: Question, part: Part): Promise<Asked<unknown>> {
    const { promise, resolve } = Promise.withResolvers<Asked<unknown>>();
    const id = this.#nextId++;
    const timeoutMs = this.#answeredOnce ? this.#settings.answerMs : this.#settings.firstAnswerMs;
    const timer = this.#clock.after(timeoutMs, () => {
      this.#waiting = null;
      resolve(this.#killHung(child, part, timeoutMs));
    });
    this.#waiting = {
      id,
      heard: (line) => {
        timer.cancel();
        this.#waiting = null;
        this.#answeredOnce = true;
        resolve(
          "failed" in line
            ? { kind: "crashed", reason: `the probe failed: ${line.failed}` }
            : { kind: "answered", answer: line.answer },
        );
      },
      gone: (how) => {
        timer.cancel();
        this.#waiting = null;
        resolve({
          kind: "crashed",
          reason: `the probe's process ended (${how}) during a query`,
        });
      },
    };
    child.say(JSON.stringify({ id, ...question }));
    return promise;
  }

  /** Resolves when the killed process is gone, or when it clearly hangs. */
  #killHung(child: ProbeChild, part: Part, afterMs: number): Promise<Asked<never>> {
    const { promise, resolve } = Promise.withResolvers<Asked<never>>();
    const late = `no answer in ${afterMs / 1000}s`;
    const timer = this.#clock.after(lingerMs, () => {
      this.#stuck.set(child.pid, part);
      const reason = `${late}; its process ${child.pid} hangs in the kernel and cannot be killed`;
      resolve({ kind: "hung", reason });
    });
    child.onGone(() => {
      timer.cancel();
      resolve({ kind: "hung", reason: `${late}; its process was killed` });
    });
    // It gets no more queries, whether it ends or not.
    this.#child = null;
    child.kill();
    return promise;
  }

  #note(part: Part, kind: Failure["kind"], reason: string): void {
    this.#failures += 1;
    const before = this.#failed.get(part);
    const restMs = before === undefined ? firstRestMs : Math.min(before.restMs * 2, longestRestMs);
    const untilMs = this.#clock.monotonicMs() + restMs;
    this.#failed.set(part, { kind, reason, restMs, untilMs });
  }

  #retire(): void {
    const child = this.#child;
    this.#child = null;
    child?.finish();
  }
}

function parse(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null; // a library that writes to the standard output
  }
}
