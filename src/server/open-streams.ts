import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import { StreamWriter } from "./stream-writer.ts";
import type { AppEnv, Log } from "./parts.ts";
import type { Clock } from "../system/clock.ts";

/** The answers that last as long as they have a reader. */
export class OpenStreams {
  readonly #writers = new Set<StreamWriter>();
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#writers.size;
  }

  /**
   * Answers with what `send` writes. When `send` resolves the answer is complete; when it throws
   * the connection is broken, as the head of the answer is out already. `release`: called once when
   * the answer is over, also for HEAD, which sends nothing.
   */
  answer(
    c: Context<AppEnv>,
    headers: Record<string, string>,
    send: (writer: StreamWriter) => Promise<void>,
    release: () => void = () => undefined,
  ): Response {
    if (c.req.method === "HEAD") {
      release();
      return c.body(null, 200, headers);
    }
    const { outgoing } = c.env;
    outgoing.writeHead(200, headers);
    outgoing.flushHeaders();
    const writer = new StreamWriter(outgoing, this.#clock);
    this.#writers.add(writer);
    void this.#run(writer, send).finally(release);
    return RESPONSE_ALREADY_SENT;
  }

  /** Breaks them all: the server ends, and its readers reconnect to the next one. */
  cutAll(): void {
    for (const writer of this.#writers) writer.cut();
  }

  async #run(writer: StreamWriter, send: (writer: StreamWriter) => Promise<void>): Promise<void> {
    try {
      await send(writer);
      writer.end();
    } catch (error) {
      this.#log.warn({ err: String(error) }, "a stream broke");
      writer.cut();
    } finally {
      this.#writers.delete(writer);
    }
  }
}
