import { type BigIntStats, statSync } from "node:fs";
import { lstat, stat } from "node:fs/promises";

export type PlaceOfFile = "in place" | "removed" | "replaced";

/** Whether a file that this program holds open is still the file at its path. */
export class FileInPlace {
  readonly path: string;
  /** Device and inode; null: there was none. */
  readonly identity: string | null;

  constructor(path: string, identity: string | null = identityAt(path)) {
    this.path = path;
    this.identity = identity;
  }

  /** For requests: it does not hold up others while the disk does not answer. */
  async now(): Promise<PlaceOfFile> {
    const found = await stat(this.path, { bigint: true }).catch(nullIfMissing);
    return this.#judge(identityOf(found));
  }

  state(): PlaceOfFile {
    return this.#judge(identityAt(this.path));
  }

  #judge(now: string | null): PlaceOfFile {
    if (now === this.identity) return "in place";
    return now === null ? "removed" : "replaced";
  }
}

/** Device and inode of the file at a path; null: there is none. */
export function identityAt(path: string): string | null {
  return identityOf(statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null);
}

/** What has this name, which may be a link; null: nothing. It does not hold up others. */
export async function statOfName(path: string): Promise<BigIntStats | null> {
  return await lstat(path, { bigint: true }).catch(nullIfMissing);
}

export function identityOf(found: BigIntStats | null): string | null {
  return found === null ? null : `${found.dev}:${found.ino}`;
}

/** As `throwIfNoEntry: false`, which the asynchronous call does not have. */
function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}
