import { closeSync, openSync, writeSync } from "node:fs";

/**
 * A log that never stops its program. Lines that the disk refuses are lost, and the next written
 * line is preceded by a line with the number of lost lines.
 */
export class LogFile {
  readonly #file: number;
  readonly #lossWords: (lines: number) => string;
  #lost = 0;
  /** The disk took a part of a line: what follows has to begin on its own. */
  #broken = false;

  /** Appends to `path`. Throws what the file system says. */
  constructor(path: string, lossWords: (lines: number) => string) {
    this.#file = openSync(path, "a", 0o600);
    this.#lossWords = lossWords;
  }

  /** `line` ends with a newline. */
  write(line: string): void {
    const before = `${this.#broken ? "\n" : ""}${this.#lost > 0 ? this.#lossWords(this.#lost) : ""}`;
    if (!this.#append(before + line)) {
      this.#lost += 1;
      return;
    }
    this.#lost = 0;
    this.#broken = false;
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(text: string): boolean {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#file, bytes, written);
      return true;
    } catch {
      if (written > 0) this.#broken = true;
      return false;
    }
  }
}
