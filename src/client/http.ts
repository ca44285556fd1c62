import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { checkedSocket } from "../config/checked-socket.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Clock, Timer } from "../system/clock.ts";
import { Patience, type Awaited } from "./patience.ts";

/** From the request until the head of the answer, while the server shows no progress. */
const answerLimits = { stallMs: 30_000, sayAfterMs: 15_000 };

/** Calls back with the error when the server is not waited for any longer. */
export function awaitAnswer(connection: Connection, onOver: (error: Error) => void): Timer {
  const patience = new Patience(connection.clock, connection, "the server's answer", answerLimits);
  return patience.watch(() => {
    onOver(new Error(`no answer within ${answerLimits.stallMs / 1000} s`));
  });
}

/** Without `progress` an answer is waited for 30 s at most. */
export interface Connection extends Awaited {
  /** Absolute. */
  socket: string;
  clock: Clock;
  /** The user whose server is to answer. Default: this process's own. */
  owner?: number;
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
 * Sends one request and resolves with the head of the answer; the body is read from it, as fast or
 * as slowly as the caller likes. Throws RefusalError server_not_running, server_unreachable or
 * foreign_owner; then nothing was sent.
 */
export function send(connection: Connection, request: HttpRequest): Promise<IncomingMessage> {
  const { body, headers, signal } = request;
  return new Promise((resolve, reject) => {
    let outgoing: ClientRequest;
    try {
      outgoing = open(connection, {
        method: request.method,
        path: request.path,
        headers: { ...headers, "content-length": Buffer.byteLength(body ?? "") },
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
    // Each command has one or two streams and ends; a kept connection would only hold it up.
    const outgoing = http.request({
      ...options,
      socketPath: address.path,
      agent: false,
      // Of no use on a Unix socket; without it Node derives one, and compiles 4 ms of patterns for it.
      servername: "",
    } as RequestOptions);
    outgoing.once("close", () => address.release());
    return outgoing;
  } catch (error) {
    address.release();
    throw error;
  }
}

/** What a failed connection means for the person in front of it. */
export function connectionRefusal(socket: string, error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return new RefusalError({ code: "server_not_running", details: { socket } }, { cause: error });
  const what = code === "EACCES" ? `this user may not use ${socket}` : `${socket}: ${message}`;
  return new RefusalError({ code: "server_unreachable", details: { what } }, { cause: error });
}

/** The whole body as text. Throws server_unreachable when the connection breaks. */
export function readText(socket: string, answer: IncomingMessage): Promise<string> {
  // Not `for await`: loading what iterates a stream takes 5 ms of a short command.
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
