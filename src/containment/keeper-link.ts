import type { Socket } from "node:net";
import { checkedSocket } from "../config/checked-socket.ts";
import {
  keeperMessage,
  keeperProtocol,
  type KeeperMessage,
  type KeeperStatus,
} from "../contract/keeper.ts";
import type { Clock } from "../system/clock.ts";
import { UnbrokenSocket } from "./unbroken-socket.ts";

export interface KeeperListener {
  onStatus(status: KeeperStatus): void;
  onEnded(message: Extract<KeeperMessage, { t: "ended" }>): void;
  /** A connection that `open` has returned is gone, whichever side closed it. Called once. */
  onClose(): void;
}

/** A connection, and the inode of the exact file that it was made to. */
export interface Reached {
  socket: Socket;
  inode: number;
}

// An `ended` message with 1,024 processes is about 150 KiB.
const lineLimit = 1024 * 1024;
const helloTimeoutMs = 5000;

/**
 * The server's side of one keeper's socket. A process that answers on it is the keeper
 * only if it accepts the nonce; its messages must fit the schema.
 */
export class KeeperLink {
  readonly #socket: Socket;
  readonly #listener: KeeperListener;
  #accepted = false;
  #pending = "";
  #knowsNumbers = false;
  #isLeaseAsked = false;
  #hello: ((status: KeeperStatus | null) => void) | null = null;
  /** Of commands that were not answered yet. Each one gets `ok` or `error`, in order. */
  readonly #answers: ((refusal: string | null) => void)[] = [];

  /** Connects and says hello. Null: no process is there, none that knows the nonce, or none that `isKeeper` accepts. */
  static async open(
    folder: string,
    nonce: string,
    clock: Clock,
    listener: KeeperListener,
    isKeeper: (reached: Reached) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<KeeperLink | null> {
    const reached = await reach(`${folder}/keeper.sock`);
    if (reached === null) return null;
    const { socket } = reached;
    if (!(await isKeeper(reached).catch(() => false))) {
      socket.destroy();
      return null;
    }
    const link = new KeeperLink(socket, listener);
    if (await link.#greet(nonce, clock)) return link;
    socket.destroy();
    return null;
  }

  private constructor(socket: Socket, listener: KeeperListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#hear(text));
    // Node stops reading from a socket that a child was given.
    socket.resume();
    socket.on("error", () => undefined); // `close` follows
    socket.on("close", () => {
      this.#hello?.(null);
      for (const answer of this.#answers.splice(0)) answer(null);
      if (this.#accepted) this.#listener.onClose();
    });
    socket.unref();
  }

  /**
   * Without a number it always counts. A keeper that knows no numbers takes the earliest KILL.
   * Resolves with why the keeper did not prolong the stop; null: it did what was requested, or its
   * connection ended before it answered.
   */
  stop(
    reason: string,
    graceMs: number,
    numbered?: { number: number; prolong: boolean },
  ): Promise<string | null> {
    const parts = [`stop ${reason} ${graceMs}`];
    if (numbered !== undefined && this.#knowsNumbers) {
      parts.push(String(numbered.number));
      if (numbered.prolong) parts.push("prolong");
    }
    return this.#ask(parts.join(" "));
  }

  pause(): void {
    void this.#ask("pause");
  }

  resume(): void {
    void this.#ask("resume");
  }

  /** Not again before the keeper has answered: a keeper that is stopped answers nothing. */
  lease(): void {
    if (!this.#isLeaseAsked) void this.#askLease();
  }

  async #askLease(): Promise<void> {
    this.#isLeaseAsked = true;
    await this.#ask("lease");
    this.#isLeaseAsked = false;
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(command: string): Promise<string | null> {
    if (!this.#socket.writable) return Promise.resolve(null);
    this.#say(command);
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  #say(line: string): void {
    if (this.#socket.writable) this.#socket.write(`${line}\n`);
  }

  /** Whether the keeper accepts the nonce. */
  #greet(nonce: string, clock: Clock): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = clock.after(helloTimeoutMs, () => this.#hello?.(null));
      this.#hello = (status) => {
        timer.cancel();
        this.#hello = null;
        this.#accepted = status !== null;
        // At once: what follows it may have come with it.
        if (status !== null) this.#listener.onStatus(status);
        resolve(this.#accepted);
      };
      this.#say(`hello ${keeperProtocol} ${nonce}`);
    });
  }

  #hear(text: string): void {
    this.#pending += text;
    for (;;) {
      const end = this.#pending.indexOf("\n");
      if (end < 0) break;
      const line = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end + 1);
      this.#take(line);
    }
    if (this.#pending.length > lineLimit) this.#socket.destroy();
  }

  #take(line: string): void {
    const message = parseMessage(line);
    const isExpected = this.#accepted || this.#hello !== null;
    if (message === null || !isExpected) return void this.#socket.destroy();
    if (message.t === "status") {
      this.#knowsNumbers = message.stops_heard !== undefined;
      if (this.#hello === null) this.#listener.onStatus(message);
      else this.#hello(message);
    } else if (message.t === "ended") {
      this.#listener.onEnded(message);
    } else if (message.t === "ok") {
      this.#answers.shift()?.(null);
    } else {
      if (this.#hello !== null) return this.#hello(null);
      this.#answers.shift()?.(message.message ?? message.code);
    }
  }
}

export function parseMessage(line: string): KeeperMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const parsed = keeperMessage.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** By the exact file that was checked: its inode shows whether the keeper was reached. */
async function reach(path: string): Promise<Reached | null> {
  let address;
  try {
    address = checkedSocket(path);
  } catch {
    return null;
  }
  const { inode } = address;
  try {
    return await new Promise((resolve) => {
      // A keeper may report its end and leave while a command is on its way to it.
      const socket = new UnbrokenSocket();
      socket.once("error", () => resolve(null));
      socket.connect(address.path, () => resolve({ socket, inode }));
    });
  } finally {
    address.release();
  }
}
