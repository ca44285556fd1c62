import { randomBytes } from "node:crypto";
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { isStorageFull } from "./sqlite-errors.ts";

/** A removal writes some 20 pages of 4 KiB to the write-ahead log, and a line to the journal. */
const reserveBytes = 512 * 1024;

/**
 * Space that is kept for what frees space: on a full disk the record of a removal has no room, and
 * without it nothing may be removed. Another program can take the space in between; then the removal
 * is refused as before.
 */
export class Reserve {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Does `action`; if the disk is full, again after freeing the reserve for it. */
  async spend<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!isStorageFull(error) || !this.#release()) throw error;
      return await action();
    }
  }

  /** Takes the space again, if there is any; a part of it is of no use. */
  fill(): void {
    if (statSync(this.#path, { throwIfNoEntry: false })?.size === reserveBytes) return;
    try {
      const file = openSync(this.#path, "w", 0o600);
      try {
        // Random: some file systems keep zeros without using space.
        const written = writeSync(file, randomBytes(reserveBytes));
        if (written < reserveBytes) this.#release();
      } finally {
        closeSync(file);
      }
    } catch {
      // No room now; the next removal, or the next server, tries again.
      this.#release();
    }
  }

  #release(): boolean {
    const was = statSync(this.#path, { throwIfNoEntry: false }) !== undefined;
    rmSync(this.#path, { force: true });
    return was;
  }
}
