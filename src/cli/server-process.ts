import { readFileSync, statSync } from "node:fs";
import { createClient } from "../client/client.ts";
import type { LocalServer } from "../client/local-server.ts";
import type { ServerProcess } from "./context.ts";

/** `entry`: the bundled server program. Absolute. */
export function serverProcess(local: LocalServer, entry: string): ServerProcess {
  return {
    client: createClient(local.strictConnection),
    waitingClient: createClient(local.connection),
    get socket() {
      return local.connection.socket;
    },
    logFile: local.paths.serverLog,
    start: () => local.start(),
    mayStart: () => local.mayStart(),
    async foreground() {
      await import(entry);
    },
    holder: () => local.holder(),
    serverHolder: () => {
      const pid = local.holder();
      return pid === recordedPid(local.paths.pidFile) ? pid : null;
    },
    work: (pid) => local.work(pid),
    pidNamespace,
    terminate: (pid) => {
      process.kill(pid, "SIGTERM");
    },
    kill: (pid) => {
      process.kill(pid, "SIGKILL");
    },
    isAlive,
  };
}

/** A server writes it when it has taken the state folder. */
function recordedPid(path: string): number | null {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10);
  } catch {
    return null;
  }
}

function pidNamespace(): number | null {
  return statSync("/proc/self/ns/pid", { throwIfNoEntry: false })?.ino ?? null;
}

/** A zombie has ended: it only waits for its parent to read its exit status. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const state = stat.charAt(stat.lastIndexOf(")") + 2);
    return state !== "Z" && state !== "X";
  } catch {
    // It is gone, or /proc is not mounted.
  }
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
