import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { startChild } from "../../system/child.ts";

/** The probe's process as seen by its guard; tests use a fake. */
export interface ProbeChild {
  pid: number;
  say(line: string): void;
  onLine(heard: (line: string) => void): void;
  /** Called once, when the process is gone. `how`: `exit 1`, `SIGSEGV`. */
  onGone(heard: (how: string) => void): void;
  /** SIGKILL. It is our own child and not reaped before `onGone`, so its pid is not reused. */
  kill(): void;
  /** Closes its input, so that it exits. */
  finish(): void;
}

export function startProbe(program: string): ProbeChild {
  const child = startChild(process.execPath, [program], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin?.on("error", () => undefined); // it has ended, which `onGone` reports
  return {
    pid: child.pid ?? 0,
    say: (line) => void child.stdin?.write(`${line}\n`),
    onLine(heard) {
      if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", heard);
    },
    onGone: (heard) => once(child, heard),
    kill: () => void child.kill("SIGKILL"),
    finish: () => void child.stdin?.end(),
  };
}

function once(child: ChildProcess, heard: (how: string) => void): void {
  let reported = false;
  const report = (how: string) => {
    if (!reported) heard(how);
    reported = true;
  };
  child.on("error", (error) => report(error.message));
  child.on("exit", (code, signal) => report(signal ?? `exit ${code ?? "?"}`));
}
