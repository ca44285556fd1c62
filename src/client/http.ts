import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { RefusalError } from "../contract/problems.ts";
import type { Timer } from "../system/clock.ts";
import type { Connection } from "./connection.ts";
import { agentOf, http } from "./kept-connections.ts";
import { StallTimeout } from "./stall-timeout.ts";

export type { Connection } from "./connection.ts";

/** From the request until the head of the answer, while the server shows no progress. */
const answerLimits = { stallMs: 30_000, sayAfterMs: 15_000 };

/** Calls back with the error when the wait for the server ends. */
export function awaitAnswer(connection: Connection, onOver: (error: Error) => void): Timer {
  const timeout = new StallTimeout(
    connection.clock,
    connection,
    "the server's answer",
    answerLimits,
  );
  return timeout.watch(() => {
    onOver(new Error(`no answer within ${answerLimits.stallMs / 1000} s`));
  });
}

/** Aborts with the request's signal or the connection's. */
export function signalOf(connection: Connection, request: HttpRequest): AbortSignal | undefined {
  const signals = [connection.signal, request.signal].filter((one) => one !== undefined);
  return signals.length > 1 ? AbortSignal.any(signals) : signals[0];
}

export interface HttpRequest {
  method: string;
  /** With the query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Aborting destroys the connection, also in the middle of the answer. */
  signal?: AbortSignal | undefined;
}

/**
 * Sends one request and resolves with the head of the answer; the caller reads the body from it at
 * its own speed. `until`: the part of the answer that the server must send without a stall. Throws
 * RefusalError server_not_running, server_unreachable or foreign_owner; then nothing was sent.
 */
export function send(
  connection: Connection,
  request: HttpRequest,
  until: "head" | "end" = "head",
): Promise<IncomingMessage> {
  const signal = signalOf(connection, request);
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => reject(connectionRefusal(connection.socket, error));
    const attempt = () => {
      const outgoing = outgoingOf(connection, request, signal);
      let awaited: ClientRequest | IncomingMessage = outgoing;
      const timer = awaitAnswer(connection, (error) => awaited.destroy(error));
      outgoing.on("response", (answer) => {
        awaited = answer;
        if (until === "head") timer.cancel();
        else answer.once("close", () => timer.cancel());
        resolve(answer);
      });
      outgoing.on("error", (error) => {
        timer.cancel();
        if (signal?.aborted === true) reject(error);
        else if (awaited === outgoing && outgoing.reusedSocket && wasNotRead(error)) again();
        else refuse(error);
      });
      outgoing.end(request.body);
    };
    const again = () => {
      try {
        attempt();
      } catch (error) {
        refuse(error);
      }
    };
    again();
  });
}

/**
 * The server has closed a kept connection just before. The kernel reports a Unix socket as reset only if
 * the peer closed it with something unread, so the request has had no effect.
 */
function wasNotRead({ code, syscall }: NodeJS.ErrnoException): boolean {
  return syscall !== undefined && (code === "EPIPE" || code === "ECONNRESET");
}

function outgoingOf(
  connection: Connection,
  { method, path, body, headers }: HttpRequest,
  signal: AbortSignal | undefined,
): ClientRequest {
  return http().request({
    method,
    path,
    headers: {
      ...connection.headers,
      ...headers,
      "content-length": Buffer.byteLength(body ?? ""),
    },
    // The same for each request: kept connections are found by it.
    socketPath: connection.socket,
    agent: agentOf(connection),
    // Not used on a Unix socket; without it Node derives one, which takes 4 ms to compile patterns.
    servername: "",
    ...(signal === undefined ? {} : { signal }),
  } as RequestOptions);
}

/** The refusal for a failed connection. */
export function connectionRefusal(socket: string, error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  // ENOTDIR: a file is where the folder of the socket would be, so nothing listens there.
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR")
    return new RefusalError({ code: "server_not_running", details: { socket } }, { cause: error });
  const what = code === "EACCES" ? `this user may not use ${socket}` : `${socket}: ${message}`;
  return new RefusalError({ code: "server_unreachable", details: { what } }, { cause: error });
}

/** The whole body as text. Throws server_unreachable when the connection breaks. */
export async function readText(socket: string, answer: IncomingMessage): Promise<string> {
  try {
    return await textOf(answer);
  } catch (error) {
    throw connectionRefusal(socket, error);
  }
}

/** The same. Throws the error of the connection. */
export function textOf(answer: IncomingMessage): Promise<string> {
  // Not `for await`: loading the stream iterator takes 5 ms of a short command.
  return new Promise((resolve, reject) => {
    let text = "";
    answer.setEncoding("utf8");
    answer.on("data", (part: string) => {
      text += part;
    });
    answer.on("end", () => resolve(text));
    answer.on("error", reject);
  });
}
