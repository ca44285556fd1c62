import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * A second observer, for programs that close the descriptors by which the witness knows them: finds every
 * process whose environment names the test's witness folder. Reads each task, because /proc shows no
 * environment for a process whose main thread has ended. Lines such as `812 python3`.
 */
export function markedNow(witnessDir: string): string[] {
  const mark = basename(witnessDir);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      tasksOf(pid).some((task) => text(`/proc/${pid}/task/${task}/environ`).includes(mark)),
    )
    .map((pid) => `${pid} ${text(`/proc/${pid}/comm`).trim()}`);
}

function tasksOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // gone since then
  }
}
