import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A resident program that answers each line with a line. */
export class LineProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], env });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("no output to read");
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Throws when the program has ended. */
  async ask(line = ""): Promise<string> {
    this.#child.stdin?.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#child.spawnfile} ended`);
    return value;
  }

  /** Closes its input and waits for its end. */
  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    this.#child.stdin?.end();
    if (exitCode === null && signalCode === null) await once(this.#child, "exit");
  }
}
