import { chmod, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { dirname } from "node:path";
import { call } from "../client/call.ts";
import { takeFolder } from "../config/own-folder.ts";
import { RefusalError } from "../contract/problems.ts";
import { shellWord } from "../contract/shell-word.ts";
import type { Clock } from "../system/clock.ts";
import { closeListener } from "../system/close-listener.ts";
import { FileInPlace, type PlaceOfFile } from "../system/file-in-place.ts";
import { socketAddress } from "../system/socket-address.ts";

/** Connections that wait to be accepted; the kernel refuses more. Node's own 511 is too few for a burst. */
const mostWaiting = 4096;

/** A server's socket in the file system, which another program may remove while the server runs. */
export class OwnSocket {
  readonly #path: string;
  readonly #server: Server;
  readonly #clock: Clock;
  #bound: { file: FileInPlace; release: () => void } | null = null;
  /** Accepts for the server after its own socket was removed. */
  #second: Server | null = null;
  #isClosed = false;

  constructor(path: string, server: Server, clock: Clock) {
    this.#path = path;
    this.#server = server;
    this.#clock = clock;
  }

  get place(): PlaceOfFile {
    return this.#bound?.file.state() ?? "removed";
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
    const { place } = this;
    if (this.#isClosed || place === "in place") return;
    if (place === "replaced") await this.#removeStale();
    if (this.#second !== null) this.#end(this.#second);
    this.#second = createServer({ allowHalfOpen: true }, (connection) =>
      this.#server.emit("connection", connection),
    );
    await this.#bind(this.#second);
    if (this.#isClosed) this.#end(this.#second);
  }

  #end(listener: Server, onClosed?: () => void): void {
    if (this.#bound === null) listener.close(onClosed);
    else closeListener(listener, this.#bound.file, onClosed);
  }

  /** Accepts no more. Resolves when every connection has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const servers = this.#second === null ? [this.#server] : [this.#second, this.#server];
    const closed = servers.map(
      (server) => new Promise<void>((resolve) => this.#end(server, resolve)),
    );
    await Promise.all(closed);
    this.#bound?.release();
  }

  async #bind(server: Server): Promise<void> {
    takeFolder(dirname(this.#path), "HOLDFAST_RUNTIME_DIR");
    const address = socketAddress(this.#path);
    try {
      await listening(server, address.path).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "EADDRINUSE") throw error;
        await this.#removeStale();
        await listening(server, address.path);
      });
      await chmod(this.#path, 0o600);
    } catch (error) {
      server.close();
      address.release();
      throw error;
    }
    this.#bound?.release();
    this.#bound = { file: new FileInPlace(this.#path), release: () => address.release() };
  }

  /** Only a socket on which no process answers is stale. A starting server already holds the state folder's lock. */
  async #removeStale(): Promise<void> {
    const socket = this.#path;
    let listener = "Something that does not answer as a server does";
    try {
      const { value } = await call({ socket, clock: this.#clock }, "showHealth", {});
      listener = `The server of HOLDFAST_STATE_DIR=${shellWord(value.stateDir)}, pid ${value.pid},`;
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      if (error.refusal.code === "foreign_owner") throw error;
      if (error.refusal.code === "server_not_running") {
        await rm(socket, { force: true });
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
