import { createAdaptorServer } from "@hono/node-server";
import type { Server, ServerResponse } from "node:http";
import type { PlaceOfFile } from "../system/file-in-place.ts";
import { createApp } from "./app.ts";
import { OwnSocket } from "./own-socket.ts";
import type { ServerParts } from "./parts.ts";
import { answerSlowRequests } from "./slow-requests.ts";

/** How long requests that are being answered may continue after the server was asked to stop. */
const closeGraceMs = 2000;

export interface Place {
  /** Absolute. */
  socket: string;
  /** Until the head of a request is complete. Default: 10 s. */
  headersTimeoutMs?: number;
  /** Until a whole request is there. Default: 60 s. */
  requestTimeoutMs?: number;
  /** How long a connection may be idle before its first request, and between two. Default: 60 s. */
  idleMs?: number;
  /** The interval of the search for slow requests. Default: 5 s. */
  slowCheckMs?: number;
}

export interface Listening {
  /** Whether its socket is at its path. */
  place(): PlaceOfFile;
  /** Listens at its path again after another program has removed the socket. Throws as `listen` does. */
  again(): Promise<void>;
  /** Accepts no more requests, breaks the streams, lets the rest finish for 2 s and removes the socket. */
  close(): Promise<void>;
}

/**
 * Serves the API on a Unix socket that only this user can reach (0600 in a folder of 0700).
 * A socket that a killed server left is replaced. Throws RefusalError: socket_in_use
 * if another server answers on it, foreign_owner if the folder belongs to another user.
 */
export async function listen(parts: ServerParts, place: Place): Promise<Listening> {
  const { app, streams } = createApp(parts);
  const requestTimeout = place.requestTimeoutMs ?? 60_000;
  const idleMs = place.idleMs ?? 60_000;
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Node and Hono answer a request without a Host with a bare 400; here `requireHost` refuses it.
    hostname: "holdfast.invalid",
    serverOptions: {
      requireHostHeader: false,
      headersTimeout: place.headersTimeoutMs ?? 10_000,
      requestTimeout,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: place.slowCheckMs ?? 5000,
    },
  }) as Server;
  answerSlowRequests(server, parts.clock, { requestMs: requestTimeout, idleMs });
  const socket = new OwnSocket(place.socket, server, parts.clock);
  let isClosing = false;
  // A connection with a request at that moment is idle after its answer.
  server.on("request", (_, answer: ServerResponse) => {
    answer.once("close", () => isClosing && server.closeIdleConnections());
  });
  await socket.open();

  const closeOnce = async () => {
    isClosing = true;
    const closed = socket.close();
    streams.cutAll();
    server.closeIdleConnections();
    const forcedClose = parts.clock.after(closeGraceMs, () => server.closeAllConnections());
    await closed;
    forcedClose.cancel();
  };
  let closing: Promise<void> | null = null;
  return {
    place: () => socket.place,
    again: () => socket.reopen(),
    close: () => (closing ??= closeOnce()),
  };
}
