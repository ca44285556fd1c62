import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { RefusalError } from "../contract/problems.ts";
import { outcomeOf, carried, valueOf } from "./carried-error.ts";
import {
  otherBuildExit,
  type FromThread,
  type Outcome,
  type ThreadData,
  type ToThread,
} from "./messages.ts";

/** What a thread may ask of the program that started it, by name. */
export type Answers = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface Watching {
  onEvent?: (event: unknown) => void;
  signal?: AbortSignal;
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

  /** `onEnd`: it has ended, for whatever reason. */
  constructor(
    program: string,
    { build, config }: Pick<ThreadData, "build" | "config">,
    answers: Answers,
    onEnd: () => void,
  ) {
    const { port1, port2 } = new MessageChannel();
    const data: ThreadData = { build, config, answers: port2 };
    this.#port = port1;
    this.#answers = answers;
    this.#worker = new Worker(program, {
      workerData: data,
      transferList: [port2],
      // What one inspection reads is gone with it: a larger room would only be filled later.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on("message", (message: FromThread) => this.#hear(message));
    let failure: Error | null = null;
    this.#worker.on("error", (error: Error) => (failure = error));
    this.#worker.on("exit", (code) => {
      const ended =
        code === otherBuildExit
          ? new RefusalError(replaced(program))
          : new Error("the thread that inspects the machine has ended");
      this.#failAll(failure ?? ended);
      port1.close();
      onEnd();
    });
    // It never keeps the program alive.
    this.#worker.unref();
    port1.unref();
  }

  /** Calls that it has not answered. */
  get load(): number {
    return this.#calls.size;
  }

  async call(service: string, args: unknown[], watching: Watching = {}): Promise<unknown> {
    const call = (this.#last += 1);
    const { signal } = watching;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const abort = () => this.#say({ type: "abort", call });
    this.#calls.set(call, { ...watching, resolve });
    this.#say({ type: "call", call, service, args });
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
    try {
      this.#say({ type: "answer", question, outcome });
    } catch (error) {
      this.#say({ type: "answer", question, outcome: { error: carried(error) } });
    }
  }

  #answerAtOnce({ name, args, wake }: FromThread & { type: "urgent" }): void {
    let outcome: Outcome;
    try {
      outcome = { value: this.#ask(name, args) };
    } catch (error) {
      outcome = { error: carried(error) };
    }
    try {
      this.#port.postMessage(outcome);
    } catch (error) {
      // A value that cannot be sent: without an answer the thread would sleep for ever.
      this.#port.postMessage({ error: carried(error) } satisfies Outcome);
    }
    Atomics.store(wake, 0, 1);
    Atomics.notify(wake, 0);
  }

  #ask(name: string, args: unknown[]): unknown {
    const answer = this.#answers[name] as ((...given: unknown[]) => unknown) | undefined;
    if (answer === undefined) throw new Error(`nothing here answers ${name}`);
    return answer(...args);
  }
}

/** The refusal of what only a thread of this build may do. */
export function replaced(program: string) {
  return { code: "program_replaced", details: { path: program } } as const;
}
