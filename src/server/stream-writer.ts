import type { ServerResponse } from "node:http";
import type { Clock } from "../system/clock.ts";

/** How long a reader may leave a waiting chunk unread. */
const writeTimeoutMs = 30_000;

/**
 * Writes a stream as fast as its reader takes it: at most one chunk waits in memory. A reader
 * that does not take a chunk for 30 s is cut off; it can resume where it stopped.
 */
export class StreamWriter {
  readonly #outgoing: ServerResponse;
  readonly #clock: Clock;
  #onGone: () => void = () => undefined;
  #waiting = false;

  constructor(outgoing: ServerResponse, clock: Clock) {
    this.#outgoing = outgoing;
    this.#clock = clock;
    outgoing.on("error", () => undefined); // "close" follows
    outgoing.on("close", () => this.#onGone());
  }

  /** The reader is gone. */
  get gone(): boolean {
    return this.#outgoing.destroyed;
  }

  /** A chunk waits for the reader. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Calls back once when the connection is gone, whichever side ended it. */
  onGone(callback: () => void): void {
    this.#onGone = callback;
    if (this.gone) callback();
  }

  /** Resolves when the next chunk may be written, or the reader is gone. */
  async write(chunk: Uint8Array | string): Promise<void> {
    if (this.gone || this.#outgoing.write(chunk)) return;
    this.#waiting = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(writeTimeoutMs, () => this.cut());
    this.#outgoing.once("drain", resolve);
    this.#outgoing.once("close", resolve);
    await promise;
    this.#outgoing.off("drain", resolve);
    this.#outgoing.off("close", resolve);
    timer.cancel();
    this.#waiting = false;
  }

  /** Everything was sent. */
  end(): void {
    this.#outgoing.end();
  }

  /** Breaks the connection, so that the reader knows that there is more. */
  cut(): void {
    this.#outgoing.destroy();
  }
}
