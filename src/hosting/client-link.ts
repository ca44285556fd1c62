import type { Socket } from "node:net";
import { getSystemErrorMap } from "node:util";
import type { Interrupt } from "../cli/context.ts";
import type { Keyboard } from "../cli/terminal/keys.ts";
import { BrokenPipe, defaultSize, meaningOf, type Sink } from "../cli/terminal/sink.ts";
import { type Frame, frameOf } from "./frames.ts";
import { parseSize, type TerminalSize } from "./request.ts";

/** The client takes at most 256 KiB in one message. */
const partBytes = 128 * 1024;
const signalNames: Partial<Record<number, Interrupt>> = { 1: "SIGHUP", 2: "SIGINT", 15: "SIGTERM" };

interface Waiting {
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Output, input and signals of the client's process. Each write waits until the client has written it,
 * so a slow reader holds up its own command and little is kept for it here.
 */
export class ClientLink {
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
  size: TerminalSize | null = null;
  readonly #socket: Socket;
  readonly #left = new AbortController();
  readonly #writes: Waiting[] = [];
  readonly #inputs: ((bytes: Buffer) => void)[] = [];
  readonly #listeners = new Set<(signal: Interrupt) => void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    this.gone = this.#left.signal;
    socket.on("error", () => undefined);
    socket.on("close", () => this.#end());
    // The client never closes only its half.
    socket.on("end", () => socket.destroy());
  }

  send(kind: string, content: Buffer | string = ""): void {
    if (!this.#socket.destroyed) this.#socket.write(frameOf(kind, content));
  }

  /** Sends the exit code, and closes the connection. */
  exit(code: number): void {
    if (!this.#socket.destroyed) this.#socket.end(frameOf("X", Buffer.from([code & 0xff])));
  }

  hear({ kind, content }: Frame): void {
    if (kind === "A" && content.length === 4) this.#written(content.readUInt32LE(0));
    else if (kind === "I") this.#inputs.shift()?.(content);
    else if (kind === "W") this.size = parseSize(content.toString()) ?? this.size;
    else if (kind === "S" && content.length === 1) {
      const signal = signalNames[content[0] ?? 0];
      if (signal !== undefined) for (const listener of this.#listeners) listener(signal);
    } else this.#socket.destroy();
  }

  sink(kind: "O" | "E", isTerminal: boolean): Sink {
    let broken: Error | null = null;
    return {
      isTerminal,
      columns: () => (isTerminal ? this.size?.columns || defaultSize.columns : null),
      rows: () => (isTerminal ? this.size?.rows || defaultSize.rows : null),
      write: async (data) => {
        if (broken !== null) throw broken;
        const bytes = Buffer.from(data);
        // All at once, so that writes that are issued together keep their order.
        const parts: Promise<void>[] = [];
        for (let at = 0; at < bytes.length; at += partBytes)
          parts.push(this.#write(kind, bytes.subarray(at, at + partBytes)));
        await Promise.all(parts).catch((error: unknown) => {
          broken = error as Error;
          throw error;
        });
      },
    };
  }

  keyboard(present: boolean): Keyboard {
    return {
      present,
      key: () => Promise.reject(new Error("a hosted command reads no single keys")),
      line: async () => {
        const bytes = await new Promise<Buffer>((resolve, reject) => {
          if (this.gone.aborted) reject(new BrokenPipe());
          this.#inputs.push(resolve);
          this.send("K");
        });
        return bytes.length === 0 ? null : bytes.toString("utf8").replace(/\r?\n$/, "");
      },
    };
  }

  /** Until the first listener, a signal ends the client as if it were the command. */
  readonly onInterrupt = (listener: (signal: Interrupt) => void): (() => void) => {
    if (this.#listeners.size === 0) this.send("H", Buffer.from([1]));
    this.#listeners.add(listener);
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0)
        this.send("H", Buffer.from([0]));
    };
  };

  #write(kind: string, bytes: Buffer): Promise<void> {
    if (this.gone.aborted) return Promise.reject(new BrokenPipe());
    return new Promise((resolve, reject) => {
      this.#writes.push({ resolve, reject });
      this.send(kind, bytes);
    });
  }

  #written(errno: number): void {
    const waiting = this.#writes.shift();
    if (waiting === undefined) this.#socket.destroy();
    else if (errno === 0) waiting.resolve();
    else waiting.reject(meaningOf(systemError(errno)));
  }

  #end(): void {
    this.#left.abort(new BrokenPipe());
    for (const { reject } of this.#writes.splice(0)) reject(new BrokenPipe());
    this.#inputs.length = 0;
  }
}

/** As Node reports a failed write of its own. */
function systemError(errno: number): NodeJS.ErrnoException {
  const [code, message] = getSystemErrorMap().get(-errno) ?? ["UNKNOWN", "unknown error"];
  return Object.assign(new Error(`${code}: ${message}, write`), { code });
}
