import type * as Http from "node:http";
import { connect, type Socket } from "node:net";
import { checkedSocket } from "../config/checked-socket.ts";
import type { Connection } from "./connection.ts";

const agents = new WeakMap<Connection, Http.Agent>();

/**
 * Not `import "node:http"`: that reads every export, and reading some of them loads undici: 58 ms for an
 * empty program against 29 ms this way (and 26 ms without).
 */
export function http(): typeof Http {
  return process.getBuiltinModule("node:http");
}

/**
 * Keeps the connections of a command from one request to the next: a new one costs both sides more than
 * most answers. A kept one does not keep the process alive, and closes when `connection.signal` aborts.
 */
export function agentOf(connection: Connection): Http.Agent {
  const known = agents.get(connection);
  if (known !== undefined) return known;
  const { Agent } = http();
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = (_, callback) => {
    try {
      return connected(connection);
    } catch (error) {
      callback?.(error as Error, undefined as never);
      return undefined;
    }
  };
  agents.set(connection, agent);
  connection.signal?.addEventListener("abort", () => agent.destroy(), { once: true });
  return agent;
}

/** Throws RefusalError foreign_owner, or an error such as ENOENT. */
function connected({ socket: path, owner }: Connection): Socket {
  const address = checkedSocket(path, owner);
  const socket = connect({ path: address.path });
  const release = () => {
    socket.off("connect", release).off("close", release);
    address.release();
  };
  return socket.on("connect", release).on("close", release);
}
