import { contentHash } from "./content-hash.ts";
import { pack, unpack } from "./packed-text.ts";
import type { Database } from "./database.ts";

/**
 * A longer document is not packed: by the bytes of its rows, what a list reads at once has a bound
 * (supervisor/views/short-page.ts), and a packed text may be a thousand times as long.
 */
const longestPacked = 16 * 1024;

/**
 * Specifications and environments, each once: jobs name them by their hash, which also proves that
 * they are what was written.
 */
export class Documents {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Returns its hash. */
  put(value: unknown): string {
    const text = JSON.stringify(value);
    const hash = contentHash(text);
    const found = this.#db.one("SELECT document FROM documents WHERE hash = ?", hash);
    if (found === undefined)
      this.#db.run("INSERT INTO documents (hash, document) VALUES (?, ?)", hash, stored(text));
    // It is damaged, and its content is known again.
    else if (unpack(String(found["document"])) !== text)
      this.#db.run("UPDATE documents SET document = ? WHERE hash = ?", stored(text), hash);
    return hash;
  }

  /** After a job stopped using it. */
  removeUnused(hash: string): void {
    this.#db.run(
      `DELETE FROM documents WHERE hash = ?1
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE ${hasHash("spec_hash", "?1")})
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE ${hasHash("env_hash", "?1")})`,
      hash,
    );
  }

  /** Reads all of them: for a store that was put together from parts. */
  removeAllUnused(): void {
    this.#db.run(
      `DELETE FROM documents WHERE hash NOT IN (SELECT spec_hash FROM jobs)
         AND hash NOT IN (SELECT env_hash FROM jobs)`,
    );
  }
}

function stored(text: string): string {
  return text.length > longestPacked ? text : pack(text);
}

/** A condition for the jobs with a hash. Their index has only the beginning of it. */
export function hasHash(column: "spec_hash" | "env_hash", value: string): string {
  return `substr(${column}, 1, 6) = substr(${value}, 1, 6) AND ${column} = ${value}`;
}
