import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { z } from "zod";

const record = z.object({
  version: z.literal(1),
  bootId: z.string(),
  /** Monotonic time of this boot, by identity. */
  sinceMs: z.record(z.string(), z.number()),
});

/**
 * The time at which each process was first seen without its parent. The kernel does not record when
 * a parent ended, so only the observed time counts. The times are kept in a file for the next
 * server: a parent that is gone stays gone, and the monotonic clock continues until the next boot.
 */
export class Sightings {
  readonly #folder: string;
  readonly #bootId: string;
  #first: ReadonlyMap<string, number> | null = null;
  #isWritten = true;

  constructor(folder: string, bootId: string) {
    this.#folder = folder;
    this.#bootId = bootId;
  }

  /** `keys`: the identities of all processes whose parent is gone now. All others are forgotten. */
  note(keys: readonly string[], monotonicMs: number): void {
    const before = this.#latest(monotonicMs);
    const now = new Map(keys.map((key) => [key, before.get(key) ?? monotonicMs]));
    const isSame = now.size === before.size && keys.every((key) => before.has(key));
    this.#first = now;
    if (!isSame) this.#write(now);
  }

  /** Another thread or program may have noted more since, unless this one could not write its own. */
  #latest(monotonicMs: number): ReadonlyMap<string, number> {
    const noted = this.#isWritten ? this.#read(monotonicMs) : null;
    return noted ?? this.#first ?? new Map<string, number>();
  }

  goneMs(key: string, monotonicMs: number): number {
    return Math.round(monotonicMs - (this.#known(monotonicMs).get(key) ?? monotonicMs));
  }

  #known(monotonicMs: number): ReadonlyMap<string, number> {
    return (this.#first ??= this.#read(monotonicMs) ?? new Map<string, number>());
  }

  /** Null: there is no file, or it is damaged or of another boot, and times start now. */
  #read(monotonicMs: number): ReadonlyMap<string, number> | null {
    try {
      const found = record.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      if (found.bootId !== this.#bootId) return null;
      return new Map(Object.entries(found.sinceMs).filter(([, ms]) => ms <= monotonicMs));
    } catch {
      return null;
    }
  }

  /** If it cannot be written, the next server starts without these times. */
  #write(first: ReadonlyMap<string, number>): void {
    const sinceMs = Object.fromEntries(first);
    const temporary = `${this.#path}.${process.pid}.${threadId}`;
    try {
      mkdirSync(this.#folder, { mode: 0o700 });
    } catch {
      // It exists, or writing the file below fails.
    }
    try {
      const text = JSON.stringify({ version: 1, bootId: this.#bootId, sinceMs });
      writeFileSync(temporary, text, { mode: 0o600 });
      renameSync(temporary, this.#path);
      this.#isWritten = true;
    } catch {
      this.#isWritten = false;
      // A full disk must not end a scan.
    }
  }

  get #path(): string {
    return join(this.#folder, "gone-since.json");
  }
}
