import type { Stream } from "node:stream";
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

/**
 * The only place that starts processes. Never a shell, always an argument vector.
 * Job payloads are not started here but by the keeper.
 */
export function startChild(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  return spawn(program, args, { ...options, shell: false });
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end. Output beyond `outputLimitBytes` per stream is
 * dropped; after `timeoutMs` it is killed (then `signal` is SIGKILL), and what it has
 * left behind with its output open is not waited for. Throws only if it could not be started.
 */
export function runToEnd(
  program: string,
  args: readonly string[],
  options: {
    input?: string;
    timeoutMs?: number;
    /** It leads a process group of its own, and at the timeout all of that is killed: for wrappers. */
    wholeGroup?: boolean;
    outputLimitBytes?: number;
    env?: NodeJS.ProcessEnv;
    cwd?: string;
    /** What the program gets as descriptor 3. */
    third?: Stream;
  } = {},
): Promise<Finished> {
  const limit = options.outputLimitBytes ?? 16 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    const child = startChild(program, args, {
      stdio: ["pipe", "pipe", "pipe", ...(options.third === undefined ? [] : [options.third])],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      detached: options.wholeGroup === true,
    });
    // Not spawn's own timeout: for a missing program it leaves its timer, which keeps this process alive.
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            killNow(child, options.wholeGroup === true);
            // Its own child may keep these open indefinitely, and "close" would wait for that.
            child.stdout?.destroy();
            child.stderr?.destroy();
          }, options.timeoutMs);
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        if (texts[name].length < limit) texts[name] += text;
      });
    }
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...texts });
    });
    // The program may end without reading its input; its exit status reports that.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

function killNow(child: ChildProcess, wholeGroup: boolean): void {
  // Until its end is known it is not reaped, so its pid is still its own and its group's.
  const { pid, exitCode, signalCode } = child;
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  if (wholeGroup) process.kill(-pid, "SIGKILL");
  else child.kill("SIGKILL");
}
