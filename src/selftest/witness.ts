import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { runToEnd } from "../system/child.ts";

/**
 * Knows whether a payload lives without asking Holdfast, by a FIFO that every process
 * of it holds open for writing. The kernel closes it when the last of them ends.
 */
export class Witness {
  readonly path: string;
  readonly #folder: string;
  readonly #socket: Socket;
  /** Resolves with the first line. */
  readonly ready: Promise<void>;
  #gone = false;

  static async make(parent: string): Promise<Witness> {
    const folder = mkdtempSync(join(parent, "selftest-"));
    const path = join(folder, "fifo");
    const { code, stderr } = await runToEnd("mkfifo", ["-m", "600", path]);
    if (code !== 0) throw new Error(`mkfifo: ${stderr.trim()}`);
    return new Witness(folder, path);
  }

  private constructor(folder: string, path: string) {
    this.path = path;
    this.#folder = folder;
    // Without a writer a blocking open would wait for one.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      this.#socket = new Socket({ fd: descriptor, readable: true, writable: false });
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    this.ready = new Promise((resolve, reject) => {
      this.#socket.once("data", () => resolve());
      this.#socket.once("end", () => reject(new Error("it ended before it was ready")));
      this.#socket.once("error", reject);
    });
    this.ready.catch(() => undefined);
    this.#socket.on("end", () => {
      this.#gone = true;
    });
    this.#socket.resume();
  }

  /** No process holds it any more. */
  get gone(): boolean {
    return this.#gone;
  }

  close(): void {
    this.#socket.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
