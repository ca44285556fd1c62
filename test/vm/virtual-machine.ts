import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const script = join(import.meta.dirname, "machine");

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Where {
  /** `lab` (has linger), `guest` (has none) or `root`. */
  user?: "lab" | "guest" | "root";
  /** In a login session of its own, which ends with the command. */
  login?: boolean;
}

/** The one machine of the tests. What is run in it gets its arguments as they are. */
export class VirtualMachine {
  /** Boots it from a fresh disk and puts Holdfast in. */
  async up(): Promise<void> {
    await finished(script, ["up"]);
    await finished(join(import.meta.dirname, "install-holdfast"), []);
  }

  /** Its output. Throws, with all that it said, when the command fails. */
  async run(command: readonly string[], where: Where = {}): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(command, where);
    if (code === 0) return stdout.trim();
    throw new Error(`${command.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
  }

  /** A script of bash, its arguments in `$1`… */
  shell(text: string, args: readonly string[] = [], where: Where = {}): Promise<string> {
    return this.run(["bash", "-euc", text, "bash", ...args], where);
  }

  attempt(command: readonly string[], where: Where = {}): Promise<Ran> {
    return ended(script, this.#arguments(command, where));
  }

  /** A command that is left running; its stdout can be read until it, or the machine, ends. */
  start(command: readonly string[], where: Where = {}): ChildProcess {
    return spawn(script, this.#arguments(command, where), { stdio: ["ignore", "pipe", "inherit"] });
  }

  /** As if the plug were pulled, and in again. Resolves, when it is up, with the new boot id. */
  async powerCut(): Promise<string> {
    const { stdout } = await finished(script, ["power-cut"]);
    return stdout.trim().split(" ")[1] ?? "";
  }

  async reboot(): Promise<void> {
    await finished(script, ["reboot"]);
  }

  async down(): Promise<void> {
    await finished(script, ["down"]);
  }

  #arguments(command: readonly string[], { user = "lab", login = false }: Where): string[] {
    return ["run", "-u", user, ...(login ? ["--login"] : []), "--", ...command];
  }
}

async function finished(program: string, args: readonly string[]): Promise<Ran> {
  const ran = await ended(program, args);
  if (ran.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${ran.stderr}`);
  return ran;
}

function ended(program: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 255;
      resolve({ code, stdout, stderr });
    });
  });
}

/** All lines of a child's stdout until it ends. */
export async function linesUntilEnd(child: ChildProcess): Promise<string[]> {
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await once(child, "close");
  // The last line may have been cut.
  return text.split("\n").slice(0, -1);
}
