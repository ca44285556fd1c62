import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";

/** Runs `use` with at least `count` processes on the machine. */
export async function withProcesses<T>(count: number, use: () => Promise<T>): Promise<T> {
  const here = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
  const children: ChildProcess[] = [];
  try {
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
