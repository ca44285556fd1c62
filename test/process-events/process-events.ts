import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fixturesFolder } from "../fixtures/witness.ts";
import { Lives, withDescendants, type Life } from "./lives.ts";

const marksAtMost = 500;

/**
 * An observer that shares no code with Holdfast: the kernel reports every fork, exec and exit to it,
 * with its own times. Root only.
 */
export class ProcessEvents {
  readonly lives = new Lives();
  readonly #child: ChildProcess;
  #marked: (() => void)[] = [];

  static async start(): Promise<ProcessEvents> {
    const child = spawn(join(fixturesFolder, "process-events"), {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child, "spawn");
    const events = new ProcessEvents(child);
    await events.#ready();
    return events;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when everything that happened before this call has been reported. */
  async mark(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error("the observer of processes has ended");
    const marked = new Promise<void>((resolve) => this.#marked.push(resolve));
    this.#child.stdin?.write("\n");
    await marked;
  }

  /** The process with this pid and all its descendants, each of them ended. Throws if events were lost. */
  async endedTree(pid: number): Promise<Life[]> {
    // The kernel notifies the parent of an end before it reports it here: this may be a moment behind.
    for (let marks = 0; marks < marksAtMost; marks++) {
      await this.mark();
      const root = this.lives.withPid(pid);
      if (root === undefined) throw new Error(`nothing was reported of process ${pid}`);
      const tree = withDescendants(root);
      if (this.lives.lost.length > 0)
        throw new Error(`events were lost: ${this.lives.lost.slice(0, 5).join(", ")}`);
      if (tree.every(({ endedUs }) => endedUs !== null)) return tree;
    }
    throw new Error(`the kernel has not reported the end of all of ${pid}'s descendants`);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.stdin?.end();
    await gone;
  }

  #ready(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("the observer has no output");
    createInterface({ input: stdout })
      .on("line", (line) => {
        if (line === "ready") resolve();
        else if (line === "mark") this.#marked.shift()?.();
        else this.lives.take(line);
      })
      .on("close", () => reject(new Error("the observer of processes ended before it was ready")));
    return promise;
  }
}
