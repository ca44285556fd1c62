import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const record = z.object({
  version: z.literal(1),
  bootId: z.string(),
  /** Monotonic, of this boot, by identity. */
  sinceMs: z.record(z.string(), z.number()),
});

/**
 * Since when each process has been seen without its parent. The kernel keeps no such time, so
 * nothing longer than what was seen is ever claimed. It is kept in a file, so that the next server
 * knows it: a parent that was gone stays gone, and the monotonic clock goes on until the next boot.
 */
export class Sightings {
  readonly #folder: string;
  readonly #bootId: string;
  #first: ReadonlyMap<string, number> | null = null;

  constructor(folder: string, bootId: string) {
    this.#folder = folder;
    this.#bootId = bootId;
  }

  /** `keys`: the identities of all whose parent is gone at this moment. The others are forgotten. */
  note(keys: readonly string[], monotonicMs: number): void {
    const before = this.#known(monotonicMs);
    const now = new Map(keys.map((key) => [key, before.get(key) ?? monotonicMs]));
    const isSame = now.size === before.size && keys.every((key) => before.has(key));
    this.#first = now;
    if (!isSame) this.#write(now);
  }

  goneMs(key: string, monotonicMs: number): number {
    return Math.round(monotonicMs - (this.#known(monotonicMs).get(key) ?? monotonicMs));
  }

  #known(monotonicMs: number): ReadonlyMap<string, number> {
    return (this.#first ??= this.#read(monotonicMs));
  }

  #read(monotonicMs: number): ReadonlyMap<string, number> {
    try {
      const found = record.parse(JSON.parse(readFileSync(this.#path, "utf8")));
      if (found.bootId !== this.#bootId) return new Map();
      return new Map(Object.entries(found.sinceMs).filter(([, ms]) => ms <= monotonicMs));
    } catch {
      return new Map(); // the first look, or a damaged file: it counts from now on
    }
  }

  /** Where it cannot be written, the next server counts anew. */
  #write(first: ReadonlyMap<string, number>): void {
    const sinceMs = Object.fromEntries(first);
    const aside = `${this.#path}.${process.pid}`;
    try {
      mkdirSync(this.#folder, { mode: 0o700 });
    } catch {
      // It is there, or writing says what is wrong.
    }
    try {
      const text = JSON.stringify({ version: 1, bootId: this.#bootId, sinceMs });
      writeFileSync(aside, text, { mode: 0o600 });
      renameSync(aside, this.#path);
    } catch {
      // A full disk must not end a scan.
    }
  }

  get #path(): string {
    return join(this.#folder, "gone-since.json");
  }
}
