import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";

/**
 * Process 1: it ends, and all in its namespace with it, when its input does. With SIGCHLD ignored the
 * kernel reaps the orphans that become its children.
 */
const init = ["env", "--ignore-signal=CHLD", "cat"];

/** A PID namespace of a test's own, with a /proc of its own. Root only. */
export class PidNamespace {
  readonly #unshare: ChildProcess;
  /** Of its process 1, as this namespace counts. */
  readonly initPid: number;

  private constructor(unshare: ChildProcess) {
    this.#unshare = unshare;
    this.initPid = childOf(unshare.pid ?? 0);
  }

  static async open(): Promise<PidNamespace> {
    const args = ["--fork", "--pid", "--mount-proc", "--kill-child=KILL", ...init];
    const child = spawn("unshare", args, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin?.write("it copies this when it is there\n");
    await once(child.stdout, "data");
    return new PidNamespace(child);
  }

  get inode(): number {
    return statSync(`/proc/${this.initPid}/ns/pid`).ino;
  }

  /** Put before a command, runs it inside. */
  get through(): string[] {
    return ["nsenter", "--target", String(this.initPid), "--pid", "--mount", "--"];
  }

  /** Its process 1 ends, and with it everything inside. */
  async end(): Promise<void> {
    if (this.#unshare.exitCode !== null || this.#unshare.signalCode !== null) return;
    const gone = once(this.#unshare, "exit");
    this.#unshare.stdin?.end();
    await gone;
  }
}

/** The one child of a process that was started through `nsenter` or `unshare`. */
export function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ");
  const [child = ""] = children;
  if (children.length !== 1 || child === "") throw new Error(`process ${pid} has not one child`);
  return Number(child);
}
