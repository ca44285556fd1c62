import type { Config } from "../config/config.ts";
import { RefusalError } from "../contract/problems.ts";
import type { FileInPlace } from "../system/file-in-place.ts";
import { buildId } from "../system/build-id.ts";
import type { Clock, Timer } from "../system/clock.ts";
import { type Answers, InspectionThread, replaced, type Watching } from "./inspection-thread.ts";
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
  /** Threads of another build end at once. Default: that of this program. */
  build?: string;
  config: Config;
  clock: Pick<Clock, "after">;
  answers: Answers;
}

interface Options extends Watching {
  /** Null: it may take any time. Default: a minute. */
  timeoutMs?: number | null;
  /** Whether a call with the same arguments that runs already answers this one too. */
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
  #isClosed = false;
  readonly #idle = new Map<InspectionThread, Timer>();
  readonly #shared = new Map<string, Promise<unknown>>();

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
    const running = this.#shared.get(key) as Promise<ValueOf<Name>> | undefined;
    if (running !== undefined) return running;
    const call = this.#call(service, args, options).finally(() => this.#shared.delete(key));
    this.#shared.set(key, call);
    return call;
  }

  /** Ends all threads. False: the kernel holds one, and this program cannot exit by itself before it ends. */
  async close(): Promise<boolean> {
    this.#isClosed = true;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const timer = this.#parts.clock.after(endMs, resolve);
    this.#onEnd = () => {
      if (this.#living.size === 0) resolve();
    };
    for (const thread of this.#threads) this.#end(thread, new Error("the server ends"));
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
    const timer =
      timeoutMs === null
        ? null
        : this.#parts.clock.after(timeoutMs, () => {
            this.#end(thread, new RefusalError(stuckFor(timeoutMs)));
          });
    this.#idle.get(thread)?.cancel();
    try {
      return (await thread.call(service, args, watching)) as ValueOf<Name>;
    } finally {
      timer?.cancel();
      if (thread.load === 0 && this.#threads.has(thread)) this.#rest(thread);
    }
  }

  /**
   * The idle thread that was used last, else a new one, else the one with the least work. Throws
   * RefusalError: inspection_stuck if all are stuck, program_replaced if there is none and none can be
   * started, shutting_down.
   */
  #free(): InspectionThread {
    if (this.#isClosed) throw new RefusalError({ code: "shutting_down", details: {} });
    const [best] = [...this.#threads].toReversed().toSorted((a, b) => a.load - b.load);
    const isFull = this.#living.size >= most;
    if (best === undefined && isFull) throw new RefusalError(stuckFor(answerMs));
    const isEnough = best !== undefined && (best.load === 0 || isFull || !this.#canStart());
    const thread = isEnough ? best : this.#start();
    this.#threads.delete(thread);
    this.#threads.add(thread);
    return thread;
  }

  #start(): InspectionThread {
    const { program, build = buildId, config, answers } = this.#parts;
    if (!this.#canStart()) throw new RefusalError(replaced(program.path));
    const thread = new InspectionThread(program.path, { build, config }, answers, () => {
      this.#living.delete(thread);
      this.#threads.delete(thread);
      this.#onEnd();
    });
    this.#living.add(thread);
    return thread;
  }

  /** A program of another build may take what it is asked for something else, and miss a living process. */
  #canStart(): boolean {
    return this.#parts.program.state() === "in place";
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
