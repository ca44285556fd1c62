import { connect } from "node:net";
import type { Clock } from "../../system/clock.ts";

const timeoutMs = 1000;

/**
 * Whether the kernel refuses connections to a socket's file. It also does while the socket is bound
 * but does not listen yet.
 */
export function isRefused(path: string, clock: Clock): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  const timer = clock.after(timeoutMs, () => resolve(false));
  socket.on("connect", () => resolve(false));
  // EPROTOTYPE: a living datagram socket.
  socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  return promise.finally(() => {
    timer.cancel();
    socket.destroy();
  });
}
