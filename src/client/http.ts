import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { checkedSocket } from "../config/checked-socket.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Clock, Timer } from "../system/clock.ts";
import { StallTimeout, type Awaited } from "./stall-timeout.ts";

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

/**
 * Without `progress` an answer is awaited for 30 s. That is for a server that has to end: if it works without
 * ever answering, it is then ended by its process (server stop), so the limit is a decision there, not a failure.
 */
export interface Connection extends Awaited {
  /** Absolute. */
  socket: string;
  clock: Clock;
  /** The user whose server must answer. Default: the user of this process. */
  owner?: number;
  /** Sent with each request. */
  headers?: Readonly<Record<string, string>>;
  /** Aborting ends each request and refuses further ones. */
  signal?: AbortSignal;
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
 * its own speed. Throws RefusalError server_not_running, server_unreachable or foreign_owner; then
 * nothing was sent.
 */
export function send(connection: Connection, request: HttpRequest): Promise<IncomingMessage> {
  const { body, headers } = request;
  const signal = signalOf(connection, request);
  return new Promise((resolve, reject) => {
    let outgoing: ClientRequest;
    try {
      outgoing = open(connection, {
        method: request.method,
        path: request.path,
        headers: {
          ...connection.headers,
          ...headers,
          "content-length": Buffer.byteLength(body ?? ""),
        },
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      reject(connectionRefusal(connection.socket, error));
      return;
    }
    const timer = awaitAnswer(connection, (error) => outgoing.destroy(error));
    outgoing.on("response", (answer) => {
      timer.cancel();
      resolve(answer);
    });
    outgoing.on("error", (error) => {
      timer.cancel();
      reject(signal?.aborted === true ? error : connectionRefusal(connection.socket, error));
    });
    outgoing.end(body);
  });
}

function open({ socket, owner }: Connection, options: object): ClientRequest {
  const address = checkedSocket(socket, owner);
  try {
    // Not `import "node:http"`: that reads every export, and reading some of them loads undici: 58 ms
    // for an empty program against 29 ms this way (and 26 ms without). Only streams need it.
    const http = process.getBuiltinModule("node:http");
    // Each command has one or two streams and ends; a kept connection would only delay its end.
    const outgoing = http.request({
      ...options,
      socketPath: address.path,
      agent: false,
      // Not used on a Unix socket; without it Node derives one, which takes 4 ms to compile patterns.
      servername: "",
    } as RequestOptions);
    outgoing.once("close", () => address.release());
    return outgoing;
  } catch (error) {
    address.release();
    throw error;
  }
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
export function readText(socket: string, answer: IncomingMessage): Promise<string> {
  // Not `for await`: loading the stream iterator takes 5 ms of a short command.
  return new Promise((resolve, reject) => {
    let text = "";
    answer.setEncoding("utf8");
    answer.on("data", (part: string) => {
      text += part;
    });
    answer.on("end", () => resolve(text));
    answer.on("error", (error) => reject(connectionRefusal(socket, error)));
  });
}
