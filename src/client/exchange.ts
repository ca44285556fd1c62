import { connect } from "node:net";
import { checkedSocket } from "../config/checked-socket.ts";
import {
  awaitAnswer,
  connectionRefusal,
  signalOf,
  type Connection,
  type HttpRequest,
} from "./http.ts";

export interface WholeAnswer {
  status: number;
  text: string;
}

/**
 * One request and its whole answer. Throws RefusalError server_not_running, server_unreachable or
 * foreign_owner.
 *
 * Does not use node:http, which takes 6 ms to load, a quarter of an empty Node's start, while most
 * commands send one request. With HTTP/1.0 the answer ends with the connection.
 */
export function exchange(connection: Connection, request: HttpRequest): Promise<WholeAnswer> {
  const { socket: path, owner } = connection;
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown) => reject(connectionRefusal(path, error));
    let address;
    try {
      address = checkedSocket(path, owner);
    } catch (error) {
      refuse(error);
      return;
    }
    const signal = signalOf(connection, request);
    const socket = connect({
      path: address.path,
      ...(signal === undefined ? {} : { signal }),
    });
    const timer = awaitAnswer(connection, (error) => socket.destroy(error));
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("end", () => {
      try {
        resolve(parsed(Buffer.concat(parts)));
      } catch (error) {
        refuse(error);
      }
    });
    socket.on("error", (error) => (signal?.aborted === true ? reject(error) : refuse(error)));
    socket.on("close", () => {
      timer.cancel();
      address.release();
    });
    socket.write(written({ ...request, headers: { ...connection.headers, ...request.headers } }));
  });
}

function written({ method, path, headers, body = "" }: HttpRequest): string {
  const lines = Object.entries({
    host: "localhost",
    ...headers,
    "content-length": String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.0\r\n${lines.join("")}\r\n${body}`;
}

function parsed(answer: Buffer): WholeAnswer {
  const headEnd = answer.indexOf("\r\n\r\n");
  const head = answer.toString("latin1", 0, Math.max(headEnd, 0));
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status === undefined) throw new Error("the server hung up");
  const body = answer.subarray(headEnd + 4);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined && Number(length) !== body.length)
    throw new Error("the server hung up in the middle of its answer");
  return { status: Number(status), text: body.toString() };
}
