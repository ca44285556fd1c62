import { BrokenPipe, type Sink } from "../terminal/sink.ts";

/** Keeps what is written. */
export class MemorySink implements Sink {
  readonly isTerminal: boolean;
  text = "";
  /** From now on the reader is gone. */
  broken = false;
  readonly #columns: number;
  readonly #rows: number;

  constructor(terminal: { columns: number; rows: number } | null = null) {
    this.isTerminal = terminal !== null;
    this.#columns = terminal?.columns ?? 0;
    this.#rows = terminal?.rows ?? 0;
  }

  columns(): number | null {
    return this.isTerminal ? this.#columns : null;
  }

  rows(): number | null {
    return this.isTerminal ? this.#rows : null;
  }

  write(data: string | Uint8Array): Promise<void> {
    if (this.broken) return Promise.reject(new BrokenPipe());
    this.text += typeof data === "string" ? data : Buffer.from(data).toString("latin1");
    return Promise.resolve();
  }
}
