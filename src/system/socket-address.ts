import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";

/** `sun_path` has 108 bytes on Linux, the last one NUL. */
const longestPathBytes = 107;

export interface SocketAddress {
  /** What the kernel is given. Good until `release`. */
  path: string;
  release(): void;
}

/**
 * A form of `path` that fits into a socket's address. A longer one is reached
 * through its opened folder, whose name under /proc is short.
 * Throws an error such as ENOENT if the folder cannot be opened.
 */
export function socketAddress(path: string): SocketAddress {
  if (Buffer.byteLength(path) <= longestPathBytes) return { path, release: () => undefined };
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  return {
    path: `/proc/self/fd/${folder}/${basename(path)}`,
    release: () => closeSync(folder),
  };
}
