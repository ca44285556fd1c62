import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";

export type PlaceOfFile = "in place" | "removed" | "replaced";

/** Whether a file that this program holds open is still the file at its path. */
export class FileInPlace {
  readonly path: string;
  readonly #identity: string | null;

  constructor(path: string) {
    this.path = path;
    this.#identity = identityOf(statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null);
  }

  /** For requests: it does not hold up others while the disk does not answer. */
  async now(): Promise<PlaceOfFile> {
    const found = await stat(this.path, { bigint: true }).catch(nullIfMissing);
    return this.#judge(found);
  }

  state(): PlaceOfFile {
    return this.#judge(statSync(this.path, { bigint: true, throwIfNoEntry: false }) ?? null);
  }

  #judge(found: BigIntStats | null): PlaceOfFile {
    const now = identityOf(found);
    if (now === this.#identity) return "in place";
    return now === null ? "removed" : "replaced";
  }
}

function identityOf(found: BigIntStats | null): string | null {
  return found === null ? null : `${found.dev}:${found.ino}`;
}

/** As `throwIfNoEntry: false`, which the asynchronous call does not have. */
function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}
