import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Clock } from "../../system/clock.ts";

/** Paths of all Unix sockets of this network namespace. */
export function boundSockets(): Set<string> {
  try {
    const text = readFileSync("/proc/net/unix", "utf8");
    return new Set([...text.matchAll(/ (\/.*)$/gm)].map(([, path = ""]) => path));
  } catch {
    return new Set();
  }
}

const patienceMs = 1000;

/**
 * Whether the kernel says that nobody has this socket's file any more. Only for one that is not
 * listed: another network namespace may have it, and a connection finds it there.
 */
export function isDead(path: string, clock: Clock): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  const timer = clock.after(patienceMs, () => resolve(false));
  socket.on("connect", () => resolve(false));
  // EPROTOTYPE is a living socket of datagrams.
  socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  return promise.finally(() => {
    timer.cancel();
    socket.destroy();
  });
}
