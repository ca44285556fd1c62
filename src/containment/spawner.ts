import type { ChildProcess } from "node:child_process";
import { startChild } from "../system/child.ts";

export type LaunchAnswer =
  | { kind: "ready"; keeperPid: number }
  /** Nothing runs, nothing is left. */
  | { kind: "failed"; stage: string; errno: string }
  /** Somebody else holds the claim; nothing runs. */
  | { kind: "void" }
  /** The spawner died before it answered: whether a keeper runs is for the records to tell. */
  | { kind: "unknown" };

/**
 * Starts keepers through one small resident process: forking from it costs a
 * tenth of a millisecond, from this large one several (measured 4.6 ms at 80 MB).
 * If it dies it is started again with the next launch; keepers do not depend on it.
 */
export class Spawner {
  readonly #program: string;
  readonly #onComplaint: (text: string) => void;
  #child: ChildProcess | null = null;
  #waiting = new Map<string, (answer: LaunchAnswer) => void>();
  #pending = "";

  constructor(program: string, onComplaint: (text: string) => void) {
    this.#program = program;
    this.#onComplaint = onComplaint;
  }

  launch(attempt: string, message: Buffer): Promise<LaunchAnswer> {
    return new Promise((resolve) => {
      const child = this.#ensure();
      this.#waiting.set(attempt, resolve);
      child.stdin?.write(`launch ${message.length}\n`);
      child.stdin?.write(message);
    });
  }

  /** Ends the spawner. Keepers go on. */
  close(): void {
    this.#child?.stdin?.end();
    this.#child = null;
  }

  #ensure(): ChildProcess {
    if (this.#child !== null) return this.#child;
    // Its keepers must not see this server's environment: it may hold a cookie or a secret.
    const child = startChild(this.#program, ["spawner"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
      cwd: "/",
      detached: true,
    });
    this.#child = child;
    this.#pending = "";
    child.stdin?.on("error", () => this.#lost(child));
    child.on("error", (error) => {
      this.#onComplaint(`spawner: ${error.message}`);
      this.#lost(child);
    });
    child.on("close", () => this.#lost(child));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#hear(text));
    child.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => this.#onComplaint(`spawner: ${text.trim()}`));
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      (stream as { unref?: () => void } | null)?.unref?.();
    }
    return child;
  }

  #hear(text: string): void {
    this.#pending += text;
    for (;;) {
      const end = this.#pending.indexOf("\n");
      if (end < 0) return;
      this.#answer(this.#pending.slice(0, end).split(" "));
      this.#pending = this.#pending.slice(end + 1);
    }
  }

  #answer([word, attempt = "", ...rest]: string[]): void {
    const resolve = this.#waiting.get(attempt);
    if (resolve === undefined) return this.#onComplaint(`spawner: unexpected ${word} ${attempt}`);
    this.#waiting.delete(attempt);
    if (word === "ready") resolve({ kind: "ready", keeperPid: Number(rest[0]) });
    else if (word === "void") resolve({ kind: "void" });
    else resolve({ kind: "failed", stage: rest[0] ?? "?", errno: rest[2] ?? rest[1] ?? "?" });
  }

  #lost(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const resolve of waiting) resolve({ kind: "unknown" });
  }
}
