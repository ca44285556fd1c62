import { pathsFrom, type Paths } from "../config/paths.ts";
import { realClock } from "../system/clock.ts";
import type { Connection } from "./http.ts";

export { keepProcessAlive } from "../system/keep-alive.ts";

/** The one server of this user's state folder. */
export interface LocalServer {
  connection: Connection;
  paths: Paths;
  /** Whether the first command may start it: `HOLDFAST_AUTOSTART`, else the configuration. Throws RefusalError `bad_config`. */
  mayAutostart(): Promise<boolean>;
  /** Starts it, or finds that somebody else just did. Throws RefusalError. */
  start(): Promise<{ started: boolean }>;
}

/** `entry`: the bundled server program. Absolute. */
export function localServer(env: NodeJS.ProcessEnv, entry: string): LocalServer {
  const paths = pathsFrom(env);
  const connection = { socket: paths.socket, clock: realClock };
  let starting: Promise<{ started: boolean }> | null = null;
  return {
    connection,
    paths,
    async mayAutostart() {
      const word = env["HOLDFAST_AUTOSTART"];
      if (word !== undefined && word !== "") return word !== "0" && word !== "false";
      // Reading the configuration takes longer than everything else that a command does.
      const { loadConfig } = await import("../config/config.ts");
      return loadConfig(env).server.autostart;
    },
    start() {
      // Several streams can find at the same moment that the server has gone.
      starting ??= startIt(connection, entry, paths, env).finally(() => {
        starting = null;
      });
      return starting;
    },
  };
}

async function startIt(
  connection: Connection,
  entry: string,
  paths: Paths,
  env: NodeJS.ProcessEnv,
): Promise<{ started: boolean }> {
  const { startServer } = await import("./start-server.ts");
  return await startServer(connection, { node: process.execPath, entry, paths, env });
}
