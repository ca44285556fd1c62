import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import type { Config } from "../config/config.ts";
import {
  carried,
  outcomeOf,
  sendOutcome,
  valueOf,
  type Outcome,
} from "../contract/carried-error.ts";
import { RefusalError } from "../contract/problems.ts";
import { anotherBuild, type FromThread, type ThreadData, type ToThread } from "./messages.ts";

/** What a thread may ask of the program that started it, by name. */
export type Answers = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What all threads of a server are started with. */
export interface ThreadProgram {
  path: string;
  build: string;
  config: Config;
  answers: Answers;
}

export interface Watching {
  onEvent?: (event: unknown) => void;
  signal?: AbortSignal;
  /** It may take any time. */
  isEndless?: boolean;
}

interface Call extends Watching {
  resolve: (outcome: Outcome) => void;
}

/** One thread that inspects the machine. Its calls are answered in any order. */
export class InspectionThread {
  readonly #worker: Worker;
  readonly #answers: Answers;
  readonly #port: MessagePort;
  readonly #calls = new Map<number, Call>();
  #last = 0;
  #isAnotherBuild = false;

  /** `onEnd`: it has ended, for whatever reason. */
  constructor({ path, build, config, answers }: ThreadProgram, onEnd: () => void) {
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = { build, config, answers: port2 };
    this.#port = port1;
    this.#answers = answers;
    this.#worker = new Worker(path, {
      workerData: data,
      transferList: [port2],
      // What one inspection reads is gone with it: a larger room would only be filled later.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on("message", (message: FromThread) => this.#hear(message));
    let failure: Error | null = null;
    this.#worker.on("error", (error: Error) => (failure = error));
    this.#worker.on("exit", (code) => {
      this.#isAnotherBuild = code === anotherBuild;
      const ended = this.#isAnotherBuild
        ? new RefusalError({ code: "program_replaced", details: { path } })
        : new Error("the thread that inspects the machine has ended");
      port1.close();
      onEnd();
      this.#failAll(failure ?? ended);
    });
    // It never keeps the program alive.
    this.#worker.unref();
    port1.unref();
  }

  /** Calls that it has not answered. */
  get load(): number {
    return this.#calls.size;
  }

  get hasEndless(): boolean {
    return [...this.#calls.values()].some(({ isEndless = false }) => isEndless);
  }

  /** It has ended because its program is of another build, and has done nothing. */
  get isAnotherBuild(): boolean {
    return this.#isAnotherBuild;
  }

  async call(service: string, args: unknown[], watching: Watching = {}): Promise<unknown> {
    const call = (this.#last += 1);
    const { signal } = watching;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const abort = () => this.#say({ type: "abort", call });
    this.#say({ type: "call", call, service, args });
    this.#calls.set(call, { ...watching, resolve });
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort();
    try {
      return valueOf(await promise);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#calls.delete(call);
    }
  }

  /**
   * Ends it. A thread that the kernel holds in a read ends only when that read does, so nothing waits
   * for it: its calls fail at once.
   */
  end(why: Error): void {
    this.#failAll(why);
    void this.#worker.terminate();
  }

  #failAll(error: Error): void {
    for (const { resolve } of this.#calls.values()) resolve({ error: carried(error) });
  }

  #say(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromThread): void {
    if (message.type === "outcome") this.#calls.get(message.call)?.resolve(message.outcome);
    else if (message.type === "event") this.#calls.get(message.call)?.onEvent?.(message.event);
    else if (message.type === "question") void this.#answer(message);
    else this.#answerAtOnce(message);
  }

  async #answer({ question, name, args }: FromThread & { type: "question" }): Promise<void> {
    const outcome = await outcomeOf(() => this.#ask(name, args));
    sendOutcome(outcome, (sent) => this.#say({ type: "answer", question, outcome: sent }));
  }

  #answerAtOnce({ name, args, wake }: FromThread & { type: "urgent" }): void {
    let outcome: Outcome;
    try {
      outcome = { value: this.#ask(name, args) };
    } catch (error) {
      outcome = { error: carried(error) };
    }
    sendOutcome(outcome, (sent) => this.#port.postMessage(sent));
    Atomics.store(wake, 0, 1);
    Atomics.notify(wake, 0);
  }

  #ask(name: string, args: unknown[]): unknown {
    const answer = this.#answers[name] as ((...given: unknown[]) => unknown) | undefined;
    if (answer === undefined) throw new Error(`nothing here answers ${name}`);
    return answer(...args);
  }
}
