import { createInterface } from "node:readline";
import { startChild } from "./child.ts";

/** A program that writes lines for as long as its input is open, or it has something to do. */
export interface LineProgram {
  /** Ends when its output does. */
  lines: AsyncIterable<string>;
  /** Closes its input, which asks it to come to an end. */
  end(): void;
  /** Rejects only if it could not be started. */
  ended: Promise<{ code: number | null; stderr: string }>;
}

/** The kernel closes the input when this process dies, however it dies. */
export function startLines(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): LineProgram {
  const child = startChild(program, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // It may end before its input is closed.
  child.stdin?.on("error", () => undefined);
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stderr }));
  });
  if (child.stdout === null) throw new Error("the child has no output");
  return {
    lines: createInterface({ input: child.stdout }),
    end: () => void child.stdin?.end(),
    ended,
  };
}
