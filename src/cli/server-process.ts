import type { Client } from "../client/client.ts";
import type { LocalServer } from "../client/local-server.ts";
import type { ServerProcess } from "./context.ts";

/** `entry`: the bundled server program. Absolute. */
export function serverProcess(local: LocalServer, client: Client, entry: string): ServerProcess {
  return {
    client,
    socket: local.paths.socket,
    logFile: local.paths.serverLog,
    start: () => local.start(),
    async foreground() {
      await import(entry);
    },
    terminate: (pid) => {
      process.kill(pid, "SIGTERM");
    },
    isAlive(pid) {
      try {
        return process.kill(pid, 0);
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
      }
    },
  };
}
