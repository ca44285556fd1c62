import type { Clock } from "../../system/clock.ts";
import { OutputFile } from "./output-file.ts";

/** The log files that are being read, each open once. */
export class OutputFiles {
  readonly #open = new Map<string, { file: OutputFile; users: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Give it back with `release`. */
  use(path: string): OutputFile {
    const entry = this.#open.get(path) ?? { file: new OutputFile(path, this.#clock), users: 0 };
    entry.users += 1;
    this.#open.set(path, entry);
    return entry.file;
  }

  /** The last one closes it. */
  async release(file: OutputFile): Promise<void> {
    const entry = this.#open.get(file.path);
    if (entry?.file !== file) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#open.delete(file.path);
    await file.close();
  }
}
