import { FakeClock } from "../../client/fake-clock.ts";
import type { Context, Interrupt, ServerProcess } from "../context.ts";
import { command } from "../command.ts";
import { helpFor } from "../grammar/help.ts";
import { Arguments } from "../grammar/parse.ts";
import { verbs } from "../grammar/verbs.ts";
import { Screen } from "../terminal/screen.ts";
import { FakeServer } from "./fake-server.ts";
import { MemorySink } from "./memory-sink.ts";
import { nowMs } from "./sample-job.ts";

// Loaded before, so that a command's first step does not depend on the time to load its file.
await Promise.all(verbs.map((verb) => verb.load()));

/** A command line without a process: fake clock, server, terminal and keyboard. */
export class FakeCommandLine {
  readonly clock = new FakeClock(nowMs);
  readonly fake = new FakeServer();
  readonly out: MemorySink;
  readonly messages: MemorySink;
  readonly screen: Screen;
  startRescue: Context["startRescue"] = () => {
    throw new Error("no program may be started here");
  };
  #interrupted: ((signal: Interrupt) => void)[] = [];
  #line: ((line: string | null) => void) | null = null;
  #key: ((key: string | null) => void) | null = null;
  readonly #terminal: boolean;

  constructor({
    terminal = false,
    env = {},
  }: { terminal?: boolean; env?: NodeJS.ProcessEnv } = {}) {
    const size = terminal ? { columns: 100, rows: 24 } : null;
    this.out = new MemorySink(size);
    this.messages = new MemorySink(size);
    this.screen = new Screen(this.out, this.messages, { NO_COLOR: "1", ...env });
    this.#terminal = terminal;
  }

  /** Resolves with the exit code. */
  type(...args: string[]): Promise<number> {
    return command(args, this.context(), () => this.fake.server);
  }

  context(): Context {
    return {
      args: new Arguments([], new Map()),
      json: false,
      env: { PATH: "/bin" },
      submitter: () => ({ inherited: undefined, env: { PATH: "/bin" } }),
      cwd: "/home/ada",
      screen: this.screen,
      clock: this.clock,
      help: (args) => helpFor(args, this.screen.width),
      newKey: () => "a key",
      server: this.fake.server,
      serverProcess: {} as ServerProcess,
      rescueProgram: async () => ({ code: 0, stdout: "", stderr: "" }),
      startRescue: (args) => this.startRescue(args),
      host: {
        launcher: "/opt/holdfast/holdfast",
        userName: () => "ada",
        run: () => Promise.reject(new Error("no program may be started here")),
      },
      keyboard: {
        present: this.#terminal,
        key: (signal) =>
          new Promise((resolve) => {
            this.#key = resolve;
            signal.addEventListener("abort", () => resolve(null));
          }),
        line: () =>
          new Promise((resolve) => {
            this.#line = resolve;
          }),
      },
      onInterrupt: (listener) => {
        this.#interrupted.push(listener);
        return () => {
          this.#interrupted = this.#interrupted.filter((other) => other !== listener);
        };
      },
    };
  }

  /** Whether a signal has a listener. */
  get listens(): boolean {
    return this.#interrupted.length > 0;
  }

  interrupt(signal: Interrupt = "SIGINT"): void {
    for (const listener of this.#interrupted) listener(signal);
  }

  /** Null: Ctrl+D. */
  answer(line: string | null): void {
    this.#line?.(line);
  }

  press(key: string): void {
    this.#key?.(key);
  }

  /** Runs everything that is ready. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  }
}
