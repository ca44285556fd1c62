import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { rotate, type Rotation } from "./rotation.ts";

// A rotation that failed, as on a full disk, is tried again after this number of lines.
const linesBetweenTries = 1000;

/**
 * A log that never stops its program. Lines that the disk refuses are lost, and the next written
 * line is preceded by a line with the number of lost lines.
 */
export class LogFile {
  readonly #path: string;
  readonly #file: number;
  readonly #rotation: Rotation;
  readonly #lossMessage: (lines: number) => string;
  #lost = 0;
  /** The disk took a part of a line: what follows has to begin on its own. */
  #broken = false;
  #linesUntilTry = 0;

  /** Appends to `path`. Throws what the file system says. */
  constructor(path: string, lossMessage: (lines: number) => string, rotation: Rotation) {
    this.#path = path;
    this.#file = openSync(path, "a", 0o600);
    this.#lossMessage = lossMessage;
    this.#rotation = rotation;
  }

  /** `line` ends with a newline. */
  write(line: string): void {
    this.#rotate(Buffer.byteLength(line));
    const before = `${this.#broken ? "\n" : ""}${this.#lost > 0 ? this.#lossMessage(this.#lost) : ""}`;
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

  /** Before it would become too large. Other writers have it open too, so its size is asked for. */
  #rotate(more: number): void {
    const { bytes, keep } = this.#rotation;
    this.#linesUntilTry -= 1;
    if (bytes === 0 || this.#linesUntilTry > 0) return;
    try {
      const { size } = fstatSync(this.#file);
      if (size === 0 || size + more <= bytes) return;
      this.#linesUntilTry = linesBetweenTries;
      rotate(this.#path, this.#file, keep);
      this.#linesUntilTry = 0;
      this.#broken = false;
    } catch {
      // It continues to grow, as far as the disk allows.
    }
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
