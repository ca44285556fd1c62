import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { isGone, nullIfHidden } from "./proc-stat.ts";
import { readSmall } from "./small-file.ts";

const chunkBytes = 16_384;
/** An exec takes well below a millisecond, unless its program is read from a slow disk. */
const execTries = 200;
const execPauseMs = 1;
const flagExiting = 0x4;
const flagKernelThread = 0x20_0000;

interface Exec {
  /** `loaded`: it has an environment. `none`: it has none, or has ended. */
  stage: "none" | "loading" | "loaded";
  /** Where the environment begins; 0: it is not laid out yet. */
  start: number;
}

/**
 * The environment of a process as of its exec, empty where there is none. All its tasks share their
 * memory, so the first that has one answers for all; but with the main thread gone
 * `/proc/PID/environ` is empty while the other tasks' is not. Null: the kernel would not say. Throws if this process cannot
 * read, and for a process that stays in the middle of an exec: then it is not known whether there is one.
 */
export function environmentOf(pid: number): string | null {
  let exec: Exec = { stage: "none", start: 0 };
  const starts = new Set<number>();
  for (let tries = 0; tries < execTries; tries++) {
    const answer = ofAnyTask(pid);
    if (answer !== "empty") return answer === "denied" ? null : answer.text;
    exec = execOf(pid);
    if (exec.stage === "none") return "";
    starts.add(exec.start);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, execPauseMs);
  }
  // It has removed the memory in which its environment was.
  if (exec.stage === "loaded") return null;
  // It has no executable segment, and so no end of its code for as long as it lives. In an exec that
  // comes within microseconds after the beginning of the environment, which is another each time.
  if (exec.start !== 0 && starts.size === 1) return "";
  throw new Error(`process ${pid} has been in the middle of an exec for too long to be read`);
}

function ofAnyTask(pid: number): { text: string } | "denied" | "empty" {
  let tasks: string[];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    return isGone(error) ? { text: "" } : (nullIfHidden(error) ?? "denied");
  }
  let denied = false;
  for (const task of tasks) {
    try {
      const environment = readEnvironment(`/proc/${pid}/task/${task}/environ`);
      if (environment !== null) return { text: environment };
    } catch (error) {
      if (isGone(error)) continue;
      nullIfHidden(error);
      denied = true;
    }
  }
  return denied ? "denied" : "empty";
}

/**
 * Null: there is none, or an exec removed it. After an exec in the middle of the
 * reading the rest is gone: then even the first byte cannot be read again.
 */
function readEnvironment(path: string): string | null {
  const fd = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const parts: string[] = [];
    for (;;) {
      const got = readSync(fd, chunk, 0, chunkBytes, null);
      if (got === 0) break;
      parts.push(chunk.toString("latin1", 0, got));
    }
    const whole = parts.length > 0 && readSync(fd, chunk, 0, 1, 0) === 1;
    return whole ? parts.join("") : null;
  } finally {
    closeSync(fd);
  }
}

/**
 * An empty environment that says nothing: between the old program's memory and
 * the new one's stack `environ` reads as empty (2 of 100 reads of a process that
 * did nothing but exec).
 */
function execOf(pid: number): Exec {
  let text: string;
  try {
    text = readSmall(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    if (isGone(error)) return { stage: "none", start: 0 };
    throw error;
  }
  // Counted as in proc(5), where the state behind the name is field 3.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  const start = field(50);
  if ((field(9) & (flagExiting | flagKernelThread)) !== 0) return { stage: "none", start };
  // The kernel notes where the code ends after it has laid out the environment (load_elf_binary).
  if (field(27) === 0) return { stage: "loading", start };
  return { stage: start === field(51) ? "none" : "loaded", start };
}
