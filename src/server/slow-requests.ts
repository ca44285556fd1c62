import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../system/clock.ts";
import { answerBadRequest } from "./bad-request.ts";

export interface SlowTimes {
  /** Until the whole request is there, if it was read late. */
  requestMs: number;
  /** How long a connection may be open without any byte. */
  idleMs: number;
}

/**
 * Answers connections that never sent a complete request. Node reports a connection whose request did
 * not come in time by its own clock, and is wrong about two kinds: a connection that was opened ahead
 * and is idle, whose first request would find a 400 waiting; and, in a process that got no processor
 * time, a connection whose request has arrived and was not read yet.
 */
export function answerSlowRequests(server: Server, clock: Clock, times: SlowTimes): void {
  const latest = new WeakMap<Socket, IncomingMessage>();
  server.on("request", ({ socket }: IncomingMessage, answer) => latest.set(socket, answer.req));
  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    if (error.code !== "ERR_HTTP_REQUEST_TIMEOUT") return answerBadRequest(error, socket);
    const { bytesRead } = socket;
    const begun = latest.get(socket);
    const isBody = begun?.complete === false;
    const isThere = () => {
      const now = latest.get(socket);
      return now?.complete === true && (isBody || now !== begun);
    };
    // After what has arrived by now was read.
    clock.soon(() => {
      if (socket.destroyed) return;
      // Node times a request from its first byte on.
      if (bytesRead === 0) {
        const closeIdle = () => {
          if (socket.bytesRead === 0) socket.destroy();
        };
        if (socket.bytesRead === 0) closeWhenOver(clock, times.idleMs, socket, closeIdle);
      } else if (socket.bytesRead > bytesRead)
        closeWhenOver(clock, times.requestMs, socket, () => {
          if (!isThere()) answerBadRequest(error, socket);
        });
      else answerBadRequest(error, socket);
    });
  });
}

function closeWhenOver(clock: Clock, ms: number, socket: Socket, close: () => void): void {
  const timer = clock.after(ms, close);
  socket.once("close", () => timer.cancel());
}
