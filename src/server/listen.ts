import { createAdaptorServer } from "@hono/node-server";
import { chmodSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { dirname } from "node:path";
import { call } from "../client/call.ts";
import { takeFolder } from "../config/own-folder.ts";
import { RefusalError } from "../contract/problems.ts";
import { shellWord } from "../contract/shell-word.ts";
import { socketAddress } from "../system/socket-address.ts";
import { createApp } from "./app.ts";
import type { ServerParts } from "./parts.ts";
import { answerSlowRequests } from "./slow-requests.ts";

/** How long requests that are being answered may continue after the server was asked to stop. */
const closeGraceMs = 2000;

/** Connections that wait to be accepted; the kernel refuses more. Node's own 511 is too few for a burst. */
const mostWaiting = 4096;

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
  takeFolder(dirname(place.socket), "HOLDFAST_RUNTIME_DIR");
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
  const address = socketAddress(place.socket);
  try {
    await bind(server, address.path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") throw error;
      await removeStale(parts, place.socket);
      await bind(server, address.path);
    });
    chmodSync(place.socket, 0o600);
  } catch (error) {
    server.close();
    address.release();
    throw error;
  }

  const closeOnce = async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    streams.cutAll();
    server.closeIdleConnections();
    const forcedClose = parts.clock.after(closeGraceMs, () => server.closeAllConnections());
    await promise;
    forcedClose.cancel();
    address.release();
  };
  let closing: Promise<void> | null = null;
  return { close: () => (closing ??= closeOnce()) };
}

function bind(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ path, backlog: mostWaiting }, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

/** Only a socket on which no process answers is stale. A starting server already holds the state folder's lock. */
async function removeStale({ clock }: ServerParts, socket: string): Promise<void> {
  let listener = "Something that does not answer as a server does";
  try {
    const { value } = await call({ socket, clock }, "showHealth", {});
    listener = `The server of HOLDFAST_STATE_DIR=${shellWord(value.stateDir)}, pid ${value.pid},`;
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    if (error.refusal.code === "foreign_owner") throw error;
    if (error.refusal.code === "server_not_running") {
      rmSync(socket, { force: true });
      return;
    }
  }
  throw new RefusalError({ code: "socket_in_use", details: { socket, listener } });
}
