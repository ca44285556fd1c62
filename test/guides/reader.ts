import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { expect, vi } from "vitest";
import { gpuLine, libraryOf, Script } from "../gpu/stub.ts";
import { livingWith } from "../harness/living.ts";
import { longestWaitMs } from "../harness/longest-wait.ts";
import { PidNamespace } from "../harness/pid-namespace.ts";
import { project } from "./page.ts";
import type { Step } from "./steps.ts";

export interface Outcome {
  code: number;
  output: string;
}

type Shell = ChildProcessByStdio<Writable, Readable, null>;

/** The user's program that pages call train.py: prints one line, and with --epochs it keeps running. */
const training = `import signal, sys
print("epoch 1", flush=True)
if "--epochs" in sys.argv:
    signal.pause()
`;

/** A new user with a home, in a folder with a space, and a shell, in which the steps of a page are run. */
export class Reader {
  readonly #folder = mkdtempSync(join(tmpdir(), "holdfast guide "));
  readonly #mark = `HOLDFAST_TEST_SERVER=${randomUUID()}`;
  readonly home = join(this.#folder, "home");
  readonly work = join(this.home, "work");
  readonly env: NodeJS.ProcessEnv;
  readonly gpus = new Script(gpuLine(0), gpuLine(1));
  #hasGpus = false;
  #namespace: PidNamespace | null = null;
  #shell: Shell | null = null;
  #lines: AsyncIterator<string> | null = null;

  constructor() {
    const bin = join(this.#folder, "bin");
    for (const folder of [this.work, bin, join(this.home, ".config/holdfast")])
      mkdirSync(folder, { recursive: true });
    symlinkSync(join(project, "holdfast"), join(bin, "holdfast"));
    writeFileSync(join(this.work, "train.py"), training);
    const [name = "", value = ""] = this.#mark.split("=");
    this.env = {
      HOME: this.home,
      PATH: [bin, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"].join(delimiter),
      LANG: "C.UTF-8",
      TERM: "xterm",
      // Twenty seconds of looking would show no more here.
      HOLDFAST_DOCTOR_WINDOW: "500ms",
      [name]: value,
    };
  }

  /** In a PID namespace of its own a page ends no process, and removes no file, of the real machine. */
  async open({ namespace }: { namespace: boolean }): Promise<void> {
    if (namespace) this.#namespace = await PidNamespace.open();
    this.#shell = this.#inside(["bash", "--noprofile", "--norc"]);
    this.#lines = createInterface({ input: this.#shell.stdout })[Symbol.asyncIterator]();
    // nsenter begins in the root folder.
    await this.type(`cd '${this.work}'`);
    if (namespace) await this.type("mount -t tmpfs tmpfs /dev/shm");
  }

  async do({ kind, text, untilInterrupt, needsGpu }: Step): Promise<Outcome> {
    if (kind !== "command") return await this.#write(text, kind);
    if (needsGpu) await this.addGpus();
    return await (untilInterrupt ? this.interrupt(text) : this.type(text));
  }

  /** In the page's one shell, so that its variables and its folder stay. */
  async type(command: string): Promise<Outcome> {
    const output = join(this.#folder, "output");
    // A comment ends with its line.
    this.#shell?.stdin.write(`{ ${command}\n} >'${output}' 2>&1 </dev/null; echo $?\n`);
    const said = await this.#lines?.next();
    if (said === undefined || said.done) throw new Error(`the shell ended at: ${command}`);
    return { code: Number(said.value), output: readFileSync(output, "utf8") };
  }

  /** From now on the machine has two GPUs; before that it has none, as most have. */
  async addGpus(): Promise<void> {
    if (this.#hasGpus) return;
    this.#hasGpus = true;
    const stub = `HOLDFAST_GPUS_LIBRARY='${libraryOf("whole")}' NVML_STUB='${this.gpus.path}'`;
    await this.type(`export ${stub}`);
    await this.type("holdfast server restart");
  }

  async close(): Promise<void> {
    await this.type("rm ~/.config/holdfast/config.toml; holdfast emergency-stop --all");
    await this.type("holdfast server stop");
    this.#shell?.stdin.end();
    await this.#namespace?.end();
    this.gpus.remove();
    rmSync(this.#folder, { recursive: true });
    const polling = { timeout: longestWaitMs, interval: 20 };
    await vi.waitFor(() => expect(livingWith(this.#mark)).toEqual([]), polling);
  }

  /** On a terminal, until it has shown something; then Ctrl+C. */
  async interrupt(command: string): Promise<Outcome> {
    const terminal = ["/usr/bin/python3", join(project, "test/harness/terminal.py"), "24", "100"];
    const script = `cd '${this.work}' && exec ${command}`;
    const child = this.#inside([...terminal, "bash", "-c", script]);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const closed = once(child, "close");
    await Promise.race([once(child.stdout, "data"), closed]);
    child.stdin.on("error", () => undefined).write("\u0003");
    await closed;
    return { code: child.exitCode ?? -1, output };
  }

  /** Where the page says that the file belongs; then a command that reads it. */
  async #write(text: string, kind: "configuration" | "rules"): Promise<Outcome> {
    const rules = kind === "rules";
    const file = rules ? "rules.toml" : "../.config/holdfast/config.toml";
    writeFileSync(join(this.work, file), text);
    return await this.type(
      rules ? "holdfast orphans rules test rules.toml" : "holdfast server restart",
    );
  }

  #inside(args: readonly string[]): Shell {
    const [program = "", ...rest] = [...(this.#namespace?.through ?? []), ...args];
    return spawn(program, rest, {
      cwd: this.work,
      env: this.env,
      stdio: ["pipe", "pipe", "inherit"],
    });
  }
}
