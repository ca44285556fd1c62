import { statSync } from "node:fs";

export type PlaceOfFile = "in place" | "removed" | "replaced";

/** Whether a file that this program holds open is still the file at its path. */
export class FileInPlace {
  readonly path: string;
  readonly #identity: string | null;

  constructor(path: string) {
    this.path = path;
    this.#identity = identityOf(path);
  }

  state(): PlaceOfFile {
    const now = identityOf(this.path);
    if (now === this.#identity) return "in place";
    return now === null ? "removed" : "replaced";
  }
}

function identityOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}
