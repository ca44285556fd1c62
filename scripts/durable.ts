import { closeSync, fsyncSync, openSync, renameSync, utimesSync, writeSync } from "node:fs";

/**
 * Writes a temporary file, flushes and renames it: after a power cut the path holds the old or the new
 * content, never half of it. With `timeMs` the file gets that modification time before it appears.
 */
export function writeDurably(path: string, content: string | Uint8Array, timeMs?: number): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w");
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    if (timeMs !== undefined) utimesSync(temporary, timeMs / 1000, timeMs / 1000);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
