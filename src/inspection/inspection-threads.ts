import type { Config } from "../config/config.ts";
import { RefusalError } from "../contract/problems.ts";
import type { FileInPlace } from "../system/file-in-place.ts";
import type { Clock, Timer } from "../system/clock.ts";
import { Batch } from "./batch.ts";
import { type Answers, InspectionThread, type Watching } from "./inspection-thread.ts";
import type { ArgsOf, ServiceName, ValueOf } from "./services.ts";

/** Each takes some MiB. With this number busy or stuck, a call shares one. */
const most = 6;
/** A thread without work remembers what it has seen for this long, then it ends. */
const idleMs = 120_000;
/** A thread that nothing holds ends within milliseconds. */
export const endMs = 2000;
/** A read of /proc takes microseconds, unless the kernel holds the process's memory. */
export const answerMs = 60_000;

export interface ThreadsParts {
  /** The program of each thread, as it was when this server started. */
  program: Pick<FileInPlace, "path" | "state">;
  /** The build of this server: a thread of another one ends before it does anything. */
  build: string;
  config: Config;
  clock: Pick<Clock, "after" | "soon">;
  answers: Answers;
}

interface Options extends Watching {
  /** Null: it may take any time. Default: a minute. */
  timeoutMs?: number | null;
  /** Whether calls with the same arguments are answered together, by one that begins after each was made. */
  isShared?: boolean;
}

/**
 * Threads in which the machine is inspected. Such reads hold up their thread, for as long as the
 * kernel wants: a thread that has work gets no more while another can be had, and a thread that does
 * not answer in time is given up.
 */
export class InspectionThreads {
  readonly #parts: ThreadsParts;
  /** The last used comes last. */
  readonly #threads = new Set<InspectionThread>();
  /** All that have not ended, also those that get no more work. */
  readonly #living = new Set<InspectionThread>();
  #onEnd = () => undefined as void;
  readonly #idle = new Map<InspectionThread, Timer>();
  readonly #shared = new Map<string, Batch<null, unknown>>();
  #isClosed = false;
  /** The file at the program's path is of another build. */
  #isReplaced = false;

  constructor(parts: ThreadsParts) {
    this.#parts = parts;
  }

  call<Name extends ServiceName>(
    service: Name,
    args: ArgsOf<Name>,
    { isShared = false, ...options }: Options = {},
  ): Promise<ValueOf<Name>> {
    if (!isShared) return this.#call(service, args, options);
    const key = `${service} ${JSON.stringify(args)}`;
    const answerAll = async (all: readonly null[]) => {
      const value = await this.#call(service, args, options);
      return all.map(() => value);
    };
    const soon = (callback: () => void) => this.#parts.clock.soon(callback);
    const batch = this.#shared.get(key) ?? new Batch<null, unknown>(answerAll, soon);
    this.#shared.set(key, batch);
    const answer = batch.of(null) as Promise<ValueOf<Name>>;
    return answer.finally(() => {
      if (batch.isIdle && this.#shared.get(key) === batch) this.#shared.delete(key);
    });
  }

  /** Ends all threads. False: the kernel holds one, and this program cannot exit by itself before it ends. */
  async close(): Promise<boolean> {
    this.#isClosed = true;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const timer = this.#parts.clock.after(endMs, resolve);
    this.#onEnd = () => {
      if (this.#living.size === 0) resolve();
    };
    for (const thread of this.#living) this.#end(thread, new Error("the server ends"));
    this.#onEnd();
    await ended;
    timer.cancel();
    return this.#living.size === 0;
  }

  async #call<Name extends ServiceName>(
    service: Name,
    args: ArgsOf<Name>,
    { timeoutMs = answerMs, ...watching }: Options,
  ): Promise<ValueOf<Name>> {
    const thread = this.#free();
    const limit = Promise.withResolvers<never>();
    const giveUp = (ms: number) => () => {
      const refusal = new RefusalError(stuckFor(ms));
      limit.reject(refusal);
      this.#giveUp(thread, refusal);
    };
    const timer = timeoutMs === null ? null : this.#parts.clock.after(timeoutMs, giveUp(timeoutMs));
    this.#idle.get(thread)?.cancel();
    const isEndless = timeoutMs === null;
    try {
      const answer = thread.call(service, args, { ...watching, isEndless });
      return (await Promise.race([answer, limit.promise])) as ValueOf<Name>;
    } catch (error) {
      if (!thread.isAnotherBuild) throw error;
      this.#isReplaced = true;
    } finally {
      timer?.cancel();
      this.#settle(thread);
    }
    return await this.#call(service, args, { timeoutMs, ...watching });
  }

  /** A call without a limit is not ended with another's: the thread gets no more work, and ends after it. */
  #giveUp(thread: InspectionThread, why: RefusalError): void {
    if (thread.hasEndless) this.#threads.delete(thread);
    else this.#end(thread, why);
  }

  #settle(thread: InspectionThread): void {
    if (!this.#threads.has(thread)) {
      if (!thread.hasEndless) this.#end(thread, new RefusalError(stuckFor(answerMs)));
    } else if (thread.load === 0) this.#rest(thread);
  }

  /**
   * The idle thread that was used last, else a new one, else the one with the least work. Throws if all
   * are stuck.
   */
  #free(): InspectionThread {
    if (this.#isClosed) throw new RefusalError({ code: "shutting_down", details: {} });
    const [best] = [...this.#threads].toReversed().toSorted((a, b) => a.load - b.load);
    const isFull = this.#living.size >= most;
    if (best === undefined && isFull) throw new RefusalError(stuckFor(answerMs));
    const isBest = best !== undefined && (best.load === 0 || isFull || !this.#canStart());
    const thread = isBest ? best : this.#start();
    this.#threads.delete(thread);
    this.#threads.add(thread);
    return thread;
  }

  #canStart(): boolean {
    return !this.#isReplaced && this.#parts.program.state() === "in place";
  }

  #start(): InspectionThread {
    const { program, build, config, answers } = this.#parts;
    const { path } = program;
    // That of another build may take what it is asked for something else, and miss a living process.
    if (!this.#canStart()) throw new RefusalError({ code: "program_replaced", details: { path } });
    const thread = new InspectionThread({ path, build, config, answers }, () => {
      this.#living.delete(thread);
      this.#threads.delete(thread);
      this.#idle.get(thread)?.cancel();
      this.#idle.delete(thread);
      this.#onEnd();
    });
    this.#living.add(thread);
    return thread;
  }

  #rest(thread: InspectionThread): void {
    const end = () => this.#end(thread, new Error("the thread was idle"));
    this.#idle.get(thread)?.cancel();
    this.#idle.set(thread, this.#parts.clock.after(idleMs, end));
  }

  #end(thread: InspectionThread, why: Error): void {
    this.#threads.delete(thread);
    this.#idle.get(thread)?.cancel();
    this.#idle.delete(thread);
    thread.end(why);
  }
}

function stuckFor(timeoutMs: number) {
  return { code: "inspection_stuck", details: { seconds: timeoutMs / 1000 } } as const;
}
