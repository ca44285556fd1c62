import type { Clock } from "../system/clock.ts";
import { startChild } from "../system/child.ts";

export type Ran =
  | { kind: "ended"; code: number | null; stdout: string; stderr: string }
  /** It was killed. `stuckPid`: it still hangs in the kernel. */
  | { kind: "hung"; stuckPid: number | null; gone: Promise<void> }
  | { kind: "absent"; message: string };

const lingerMs = 2000;
const outputLimitBytes = 4 * 2 ** 20;

/**
 * Runs a program that may hang in the kernel. Returns in time whether or not it can be killed.
 * Never rejects.
 */
export function runWatched(
  clock: Clock,
  program: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const gone = Promise.withResolvers<void>();
  const child = startChild(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // Numbers with a decimal point, and messages in English.
    env: { ...process.env, LC_ALL: "C" },
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      if (texts[name].length < outputLimitBytes) texts[name] += text;
    });
  const timer = clock.after(timeoutMs, () => {
    child.kill("SIGKILL");
    const linger = clock.after(lingerMs, () =>
      resolve({ kind: "hung", stuckPid: child.pid ?? null, gone: gone.promise }),
    );
    child.on("exit", () => {
      linger.cancel();
      resolve({ kind: "hung", stuckPid: null, gone: gone.promise });
    });
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    timer.cancel();
    const message = error.code === "ENOENT" ? `${program} is not installed` : error.message;
    resolve({ kind: "absent", message });
  });
  child.on("exit", () => gone.resolve());
  child.on("close", (code) => {
    timer.cancel();
    resolve({ kind: "ended", code, ...texts });
  });
  return promise;
}
