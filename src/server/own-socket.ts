import { chmod, link, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { dirname } from "node:path";
import { call } from "../client/call.ts";
import { takeFolder } from "../config/own-folder.ts";
import { RefusalError } from "../contract/problems.ts";
import { shellWord } from "../contract/shell-word.ts";
import type { Clock } from "../system/clock.ts";
import { FileInPlace, identityOf, statOfName, type PlaceOfFile } from "../system/file-in-place.ts";
import { removeIfSame } from "../system/remove-if-same.ts";
import { socketAddress } from "../system/socket-address.ts";
import { temporaryName } from "../system/temporary-name.ts";

/** Connections that wait to be accepted; the kernel refuses more. Node's own 511 is too few for a burst. */
const mostWaiting = 4096;

/**
 * A server's socket in the file system, which another program may remove while the server runs, and
 * another server may replace. A closing listener removes the name that it was bound to, whatever has
 * that name by then. So each is bound to a name of its own, and linked to the path.
 */
export class OwnSocket {
  readonly #path: string;
  readonly #server: Server;
  readonly #clock: Clock;
  #bound: FileInPlace | null = null;
  /** Accepts for the server after its own socket was removed. */
  #second: Server | null = null;
  #isClosed = false;

  constructor(path: string, server: Server, clock: Clock) {
    this.#path = path;
    this.#server = server;
    this.#clock = clock;
  }

  get place(): PlaceOfFile {
    return this.#bound?.state() ?? "removed";
  }

  /**
   * Throws RefusalError: socket_in_use if another server answers on it, foreign_owner if the folder
   * belongs to another user.
   */
  async open(): Promise<void> {
    await this.#bind(this.#server);
  }

  /**
   * Listens at the same path again. Connections continue. The first listener stays open without a name,
   * and keeps this program alive if the path cannot be taken.
   */
  async reopen(): Promise<void> {
    if (this.#isClosed || this.place === "in place") return;
    const second = createServer({ allowHalfOpen: true }, (connection) =>
      this.#server.emit("connection", connection),
    );
    await this.#bind(second);
    this.#second?.close();
    this.#second = second;
    if (this.#isClosed) await this.close();
  }

  /** Accepts no more. Resolves when every connection has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // While it is bound: until then no other file can have its inode.
    await this.#removeOwn();
    const servers = this.#second === null ? [this.#server] : [this.#second, this.#server];
    const closed = servers.map(
      (server) => new Promise<void>((resolve) => void server.close(() => resolve())),
    );
    await Promise.all(closed);
  }

  async #bind(server: Server): Promise<void> {
    takeFolder(dirname(this.#path), "HOLDFAST_RUNTIME_DIR");
    const own = temporaryName(this.#path);
    const address = socketAddress(own);
    server.once("close", () => address.release());
    try {
      await listening(server, address.path);
      await chmod(own, 0o600);
      const identity = identityOf(await statOfName(own));
      await this.#publish(own);
      this.#bound = new FileInPlace(this.#path, identity);
    } catch (error) {
      server.close();
      throw error;
    } finally {
      await rm(own, { force: true });
    }
  }

  /** The path becomes a name of this socket, unless another server has it. */
  async #publish(own: string): Promise<void> {
    for (;;) {
      try {
        await link(own, this.#path);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        await this.#removeStale();
      }
    }
  }

  async #removeOwn(): Promise<void> {
    const identity = this.#bound?.identity ?? null;
    if (identity !== null) await removeIfSame(this.#path, identity);
  }

  /** Only a socket on which no process answers is stale. A starting server already holds the state folder's lock. */
  async #removeStale(): Promise<void> {
    const socket = this.#path;
    const found = await statOfName(socket);
    if (found === null) return;
    const identity = identityOf(found);
    let listener = "Something that does not answer as a server does";
    try {
      const { value } = await call({ socket, clock: this.#clock }, "showHealth", {});
      listener = `The server of HOLDFAST_STATE_DIR=${shellWord(value.stateDir)}, pid ${value.pid},`;
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      if (error.refusal.code === "foreign_owner") throw error;
      if (error.refusal.code === "server_not_running" && found.isSocket() && identity !== null) {
        await removeIfSame(socket, identity);
        return;
      }
    }
    throw new RefusalError({ code: "socket_in_use", details: { socket, listener } });
  }
}

function listening(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ path, backlog: mostWaiting }, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}
