import { pathsFrom, type Paths } from "../config/paths.ts";
import { RefusalError } from "../contract/problems.ts";
import { lockHolder } from "../processes/lock-holder.ts";
import { workOf } from "../processes/work-of.ts";
import { realClock } from "../system/clock.ts";
import { connectionTo } from "./connection-to.ts";
import type { Connection } from "./http.ts";

export { currentFolder } from "../config/current-folder.ts";
export { keepProcessAlive } from "../system/keep-alive.ts";

/** The one server of this user's state folder. */
export interface LocalServer {
  connection: Connection;
  /** Waits 30 s for an answer, also of a server that is at work: one that spins is to be stopped. */
  strictConnection: Connection;
  paths: Paths;
  /** Starts it, or finds that somebody else just did. Throws RefusalError. */
  start(): Promise<{ started: boolean }>;
  /** The processor time that a process has had, in clock ticks; null: it cannot be seen from here. */
  work(pid: number): number | null;
  /** Pid of the process that holds the state folder; null: none, or it cannot be known from here. */
  holder(): number | null;
  /** The same on first use; throws server_not_running where the settings do not want that. */
  autostart(): Promise<{ started: boolean }>;
  /** Throws RefusalError server_inside_job where no server may be started from here. */
  mayStart(): Promise<void>;
}

/** `entry`: the bundled server program. Absolute. `onWaiting`: hears what is waited for. */
export function localServer(
  env: NodeJS.ProcessEnv,
  entry: string,
  onWaiting: (text: string) => void,
): LocalServer {
  const paths = pathsFrom(env);
  const progress = () => workOf(lockHolder(paths.lockFile));
  const connection = connectionTo(paths, realClock, { progress, onWaiting });
  let starting: Promise<{ started: boolean }> | null = null;
  const start = (serverEnv: NodeJS.ProcessEnv) => {
    // Several streams can find at the same moment that the server has gone.
    starting ??= startIt(connection, entry, paths, serverEnv).finally(() => {
      starting = null;
    });
    return starting;
  };
  return {
    connection,
    strictConnection: connectionTo(paths, realClock),
    paths,
    start: () => start(env),
    holder: () => lockHolder(paths.lockFile),
    work: workOf,
    async mayStart() {
      const { refuseInsideJob } = await import("../processes/enclosing-job.ts");
      refuseInsideJob(paths.attemptsDir, env);
    },
    autostart() {
      const word = env["HOLDFAST_AUTOSTART"];
      if (word === "0" || word === "false")
        return Promise.reject(
          new RefusalError({ code: "server_not_running", details: { socket: paths.socket } }),
        );
      // The server reads config.toml anyway; here it would take longer than the whole command.
      return start({ ...env, HOLDFAST_STARTED_ON_FIRST_USE: "1" });
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
