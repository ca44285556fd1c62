import { closeSync, openSync, readSync } from "node:fs";

// What the kernel writes about a process in one line is far shorter.
const room = Buffer.allocUnsafe(16 * 1024);

/**
 * A short file of /proc, at most 16 KiB of it. `readFileSync` asks for a size that these files do
 * not have and costs half as much again. Throws as `openSync` does.
 */
export function readSmall(path: string, encoding: "latin1" | "utf8"): string {
  const descriptor = openSync(path, "r");
  try {
    return room.toString(encoding, 0, readSync(descriptor, room, 0, room.length, 0));
  } finally {
    closeSync(descriptor);
  }
}
