import { Worker } from "node:worker_threads";
import { errorOf } from "../contract/carried-error.ts";
import type { JobEvent } from "../contract/event.ts";
import { RefusalError, type Result } from "../contract/problems.ts";
import type { Clock } from "../system/clock.ts";
import type { FileInPlace } from "../system/file-in-place.ts";
import type { JobQuery } from "./job-query.ts";
import type { Answer, Question, ReaderData } from "./messages.ts";
import type { EventQuery, Reads, StoredPage } from "./reads.ts";

/** Reads that may wait for their answers at the same time; further ones are refused. */
export const mostWaiting = 64;
/** Until a thread is started again after it could not open the database. */
const openAgainMs = 10_000;
// A page of the largest specifications fits. A thread that needs more ends, and the server does not.
const mostMegabytes = 512;

export interface WorkerReadsOptions {
  /** The thread's program, `main.ts` bundled, as it was when this server started. */
  program: Pick<FileInPlace, "path" | "state">;
  data: ReaderData;
  /** For as long as the thread cannot be started, or cannot open the database. */
  own: Reads;
  clock: Pick<Clock, "monotonicMs">;
  log: { warn(details: object, message: string): void };
}

interface Waiting {
  question: Question;
  /** Threads that ended while they had it. */
  ended: number;
  readHere: () => Promise<unknown>;
  /** This thread reads it already. */
  isHere: boolean;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads in a thread with a connection of its own, so that no query holds up the thread that serves
 * cancels. The thread is started for the first question. If it ends, another one is started and asked
 * the same, once: a question that ends two threads is answered with an error.
 */
export class WorkerReads implements Reads {
  readonly #options: WorkerReadsOptions;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #worker: Worker | null = null;
  #isOpen = false;
  #isClosed = false;
  /** Questions are answered in this thread until then. */
  #hereUntilMs = -Infinity;

  constructor(options: WorkerReadsOptions) {
    this.#options = options;
  }

  jobs(query: JobQuery, signal?: AbortSignal): Promise<Result<StoredPage>> {
    const readHere = () => this.#options.own.jobs(query, signal);
    return this.#ask({ kind: "jobs", query }, readHere, signal);
  }

  events(query: EventQuery, signal?: AbortSignal): Promise<JobEvent[]> {
    const readHere = () => this.#options.own.events(query, signal);
    return this.#ask({ kind: "events", query }, readHere, signal);
  }

  /** What waits is refused: the server is about to end. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = null;
    for (const one of this.#waiting.values())
      one.reject(new RefusalError({ code: "shutting_down", details: {} }));
    await worker?.terminate();
  }

  async #ask<T>(
    question: Question,
    readHere: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new RefusalError({ code: "shutting_down", details: {} });
    if (this.#waiting.size >= mostWaiting)
      throw new RefusalError({ code: "busy", details: { count: mostWaiting } });
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const gone = () => {
      this.#worker?.postMessage({ id, kind: "gone" });
      reject(signal?.reason);
    };
    this.#waiting.set(id, { question, ended: 0, readHere, isHere: false, resolve, reject });
    signal?.addEventListener("abort", gone, { once: true });
    try {
      this.#send(id);
      return (await promise) as T;
    } finally {
      this.#waiting.delete(id);
      signal?.removeEventListener("abort", gone);
    }
  }

  #send(id: number): void {
    const one = this.#waiting.get(id);
    if (one === undefined || one.isHere) return;
    if (this.#options.clock.monotonicMs() < this.#hereUntilMs) {
      one.isHere = true;
      one.resolve(one.readHere());
      return;
    }
    try {
      this.#worker ??= this.#start();
    } catch (error) {
      this.#cannotOpen((error as Error).message);
      return;
    }
    this.#worker.postMessage({ ...one.question, id });
  }

  #start(): Worker {
    const { program, data } = this.#options;
    // That of another build may read another schema and give other answers. The thread checks it too.
    if (program.state() !== "in place") throw new Error(`${program.path} is of another build`);
    const worker = new Worker(program.path, {
      workerData: data,
      name: "reader",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    });
    this.#isOpen = false;
    let failure: Error | null = null;
    worker.on("message", (answer: Answer) => {
      if (worker === this.#worker) this.#hear(answer);
    });
    worker.on("error", (error: Error) => {
      failure = error;
    });
    worker.on("exit", () => {
      if (worker === this.#worker) this.#ended(failure);
    });
    // The server ends without asking it.
    worker.unref();
    return worker;
  }

  #hear(answer: Answer): void {
    switch (answer.kind) {
      case "open":
        this.#isOpen = true;
        break;
      case "closed":
        this.#cannotOpen(answer.why);
        break;
      case "answered":
        this.#waiting.get(answer.id)?.resolve(answer.value);
        break;
      case "failed":
        this.#waiting.get(answer.id)?.reject(errorOf(answer.error));
    }
  }

  /** No memory or descriptors for a thread, or database or program are not at their paths any more. */
  #cannotOpen(why: string): void {
    const { log, clock } = this.#options;
    this.#worker = null;
    this.#hereUntilMs = clock.monotonicMs() + openAgainMs;
    log.warn({ why }, "lists are read in the server's main thread: no other can read them");
    for (const id of this.#waiting.keys()) this.#send(id);
  }

  #ended(failure: Error | null): void {
    const why = failure?.message ?? "it ended";
    if (!this.#isOpen) {
      this.#cannotOpen(why);
      return;
    }
    this.#worker = null;
    this.#options.log.warn({ why }, "the reading thread ended; another one is started");
    for (const [id, one] of this.#waiting) {
      if (one.isHere) continue;
      one.ended += 1;
      if (one.ended < 2) this.#send(id);
      else
        one.reject(new Error(`reading ended two threads: ${why}`, { cause: failure ?? undefined }));
    }
  }
}
