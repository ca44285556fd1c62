import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** The path names something that is not read: a FIFO, a folder, a device, or a file that is too long. */
export class NotRegular extends Error {
  /** Follows the path in a sentence. */
  readonly what: string;

  constructor(path: string, what: string) {
    super(`${path} ${what}`);
    this.name = "NotRegular";
    this.what = what;
  }
}

/**
 * The text of a file that another program or a person may have replaced: opening a FIFO would wait
 * for a writer without end, and a file that grows while it is read may have no end. Throws `NotRegular`, or as
 * `openSync` does. `extraFlags`: such as O_NOFOLLOW.
 */
export function readRegularFile(path: string, limitBytes: number, extraFlags = 0): string {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | extraFlags;
  const file = openSync(path, flags);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new NotRegular(path, "is not a regular file");
    if (stat.size > limitBytes) throw new NotRegular(path, `has ${stat.size} bytes`);
    const text = Buffer.alloc(stat.size);
    let length = 0;
    for (let got = -1; got !== 0 && length < text.length; length += got)
      got = readSync(file, text, length, text.length - length, length);
    return text.toString("utf8", 0, length);
  } finally {
    closeSync(file);
  }
}
