import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { program } from "./programs.ts";

/**
 * Runs `use` with at least `count` processes on the machine, among them one with each of these numbers
 * of threads.
 */
export async function withProcesses<T>(
  count: number,
  use: () => Promise<T>,
  threadsOf: readonly number[] = [],
): Promise<T> {
  const here = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
  const children: ChildProcess[] = [];
  try {
    for (const threads of threadsOf) {
      const child = spawn(program("threads"), [String(threads)], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      children.push(child);
      if (child.stdout !== null) await once(child.stdout, "data");
    }
    while (here + children.length < count) {
      const child = spawn("/bin/sleep", ["infinity"], { stdio: "ignore" });
      await once(child, "spawn");
      children.push(child);
    }
    return await use();
  } finally {
    const ends = children.map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(ends);
  }
}
