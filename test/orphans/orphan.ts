import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { killLive, liveProcess, until, type LiveProcess } from "../containment/live-process.ts";
import { read } from "../harness/living.ts";

/** Everything that a test has left behind on purpose, to be ended after the test. */
export class LeftBehind {
  readonly #known: LiveProcess[] = [];
  readonly #parents: ChildProcess[] = [];

  /** A process whose parent and session leader are gone. Resolves when it runs `command`. */
  async orphan(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<LiveProcess> {
    const script = '"$@" >/dev/null 2>&1 & echo $!';
    const { child, line } = await this.#start(["sh", "-c", script, "sh", ...command], env);
    if (child.exitCode === null) await once(child, "exit");
    const pid = Number(line);
    await until(() => commandOf(pid) === command.join(" "));
    return this.know(pid);
  }

  /** A living parent; its first line of output names its children. */
  async family(
    program: string,
    args: readonly string[],
  ): Promise<{ parent: ChildProcess; children: LiveProcess[] }> {
    const { child, line } = await this.#start([program, ...args], {});
    const children = line.split(" ").map((pid) => this.know(Number(pid)));
    return { parent: child, children };
  }

  know(pid: number): LiveProcess {
    const found = liveProcess(pid);
    this.#known.push(found);
    return found;
  }

  async end(): Promise<void> {
    for (const parent of this.#parents.splice(0)) await endChild(parent);
    for (const one of this.#known.splice(0)) if (isAlive(one)) await killLive(one);
  }

  async #start(
    [program = "", ...args]: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<{ child: ChildProcess; line: string }> {
    const child = spawn(program, args, {
      detached: true,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#parents.push(child);
    for await (const line of createInterface({ input: child.stdout })) return { child, line: line };
    throw new Error(`${program} ended without output`);
  }
}

/** Uses the child's own handle. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

export function isAlive({ pid, start }: LiveProcess): boolean {
  const found = read(pid);
  return found !== null && found.startTicks === String(start) && found.state !== "Z";
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0$/, "").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
