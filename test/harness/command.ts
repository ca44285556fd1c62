import { spawn, type ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { withoutWaiting } from "./without-waiting.ts";

const project = resolve(import.meta.dirname, "../..");
/** Commands go through the launcher and the server's command host, as far as they can; else directly to Node. */
export const throughClient = process.env["HOLDFAST_TEST_THROUGH"] === "client";
const programs = {
  client: [resolve(project, "holdfast")],
  // As the launcher starts it.
  node: [process.execPath, "--", resolve(project, "build/cli.cjs")],
};
export type Through = keyof typeof programs;

export interface CommandOptions {
  cwd?: string;
  terminal?: { rows: number; columns: number };
  /** Default: what the test project says. */
  through?: Through;
}
const terminalProgram = resolve(import.meta.dirname, "terminal.py");

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A `holdfast` command that a test has started. */
export class Command {
  readonly child: ChildProcess;
  /** Latin-1, so that every byte is kept. */
  stdout = "";
  stderr = "";
  readonly #exited = Promise.withResolvers<Ended>();
  #heard = Promise.withResolvers<void>();

  constructor(typed: readonly string[], env: NodeJS.ProcessEnv, options: CommandOptions = {}) {
    const through = options.through ?? (throughClient ? "client" : "node");
    const argv = [...programs[through], ...typed];
    const { terminal, cwd = project } = options;
    const [file = "", ...args] =
      terminal === undefined
        ? argv
        : ["python3", terminalProgram, String(terminal.rows), String(terminal.columns), ...argv];
    this.child = spawn(file, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    for (const name of ["stdout", "stderr"] as const)
      this.child[name]?.setEncoding("latin1").on("data", (text: string) => {
        this[name] += text;
        this.#ring();
      });
    this.child.stdin?.on("error", () => undefined);
    this.child.on("error", (error) => this.#exited.reject(error));
    this.child.on("close", (code) => {
      const { stdout, stderr } = this;
      this.#exited.resolve({ code, stdout, stderr: withoutWaiting(stderr) });
      this.#ring();
    });
  }

  get ended(): Promise<Ended> {
    return this.#exited.promise;
  }

  /** Resolves when `pattern` has been written to stdout or stderr; throws when the command ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    let over = false;
    void this.ended.finally(() => {
      over = true;
    });
    for (;;) {
      const heard = this.#heard.promise;
      const found = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (found !== null) return found;
      if (over || this.child.exitCode !== null)
        throw new Error(
          `it ended without saying ${String(pattern)}:\n${this.stdout}\n${this.stderr}`,
        );
      await heard;
    }
  }

  /** What a user would type on its terminal. */
  type(keys: string): void {
    this.child.stdin?.write(keys);
  }

  interrupt(signal: NodeJS.Signals = "SIGINT"): void {
    this.child.kill(signal);
  }

  #ring(): void {
    const before = this.#heard;
    this.#heard = Promise.withResolvers<void>();
    before.resolve();
  }
}
