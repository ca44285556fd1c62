import { pathsFrom, type Paths } from "../config/paths.ts";
import { RefusalError } from "../contract/problems.ts";
import type { AskingProcess } from "../processes/enclosing-job.ts";
import { lockHolder } from "../processes/lock-holder.ts";
import { workOf } from "../processes/work-of.ts";
import { realClock } from "../system/clock.ts";
import { connectionTo } from "./connection-to.ts";
import { sayWhatHoldsIt } from "./held-server.ts";
import type { Connection } from "./http.ts";

export { currentFolder } from "../config/current-folder.ts";
export { builtProgram, launcher } from "../system/built-program.ts";
export { keepProcessAlive } from "../system/keep-alive.ts";
export { makeFolders } from "../system/make-folders.ts";

/** The server of this user's state folder. */
export interface LocalServer {
  connection: Connection;
  /** Waits 30 s for an answer, even while the server works, so that a spinning server can be stopped. */
  strictConnection: Connection;
  paths: Paths;
  /** Starts it, or finds that another process just did. Throws RefusalError. */
  start(): Promise<{ started: boolean }>;
  /** CPU time of a process, in clock ticks; null: it is not visible from here. */
  work(pid: number): number | null;
  /** Pid of the process that holds the state folder; null: none, or it cannot be known from here. */
  holder(): number | null;
  /** Starts it on first use; throws server_not_running if the settings forbid that. */
  autostart(): Promise<{ started: boolean }>;
  /** Throws RefusalError server_inside_job if no server may be started from here. */
  mayStart(): Promise<void>;
}

/** The client of the command host for which the command runs. */
export interface Principal {
  process: AskingProcess;
  /** Sent with each request. */
  headers: Readonly<Record<string, string>>;
  /** Aborts when the client has gone: no request is sent after that. */
  signal: AbortSignal;
}

/**
 * `entry`: the bundled server program. Absolute. `onWaiting`: called with what is awaited. `principal`:
 * if the command does not run for this process.
 */
export function localServer(
  env: NodeJS.ProcessEnv,
  entry: string,
  onWaiting: (text: string) => void,
  principal?: Principal,
): LocalServer {
  const paths = pathsFrom(env);
  const sentFor =
    principal === undefined ? {} : { headers: principal.headers, signal: principal.signal };
  const progress = () => workOf(lockHolder(paths.lockFile));
  const say = sayWhatHoldsIt(onWaiting, () => lockHolder(paths.lockFile));
  const connection = connectionTo(paths, realClock, {
    progress,
    onWaiting: say,
    ...sentFor,
  });
  let starting: Promise<{ started: boolean }> | null = null;
  const start = (serverEnv: NodeJS.ProcessEnv) => {
    // Several streams can detect at the same moment that the server has gone.
    starting ??= startIt(connection, entry, paths, serverEnv, principal).finally(() => {
      starting = null;
    });
    return starting;
  };
  return {
    connection,
    strictConnection: connectionTo(paths, realClock, sentFor),
    paths,
    start: () => start(env),
    holder: () => lockHolder(paths.lockFile),
    work: workOf,
    async mayStart() {
      const { refuseInsideJob } = await import("../processes/enclosing-job.ts");
      refuseInsideJob(paths.attemptsDir, env, principal?.process);
    },
    autostart() {
      const word = env["HOLDFAST_AUTOSTART"];
      if (word === "0" || word === "false")
        return Promise.reject(
          new RefusalError({ code: "server_not_running", details: { socket: paths.socket } }),
        );
      // The server reads config.toml anyway; reading it here would take longer than the whole command.
      return start({ ...env, HOLDFAST_STARTED_ON_FIRST_USE: "1" });
    },
  };
}

async function startIt(
  connection: Connection,
  entry: string,
  paths: Paths,
  env: NodeJS.ProcessEnv,
  principal: Principal | undefined,
): Promise<{ started: boolean }> {
  const { startServer } = await import("./start-server.ts");
  principal?.signal.throwIfAborted();
  const asking = principal?.process;
  return await startServer(connection, { node: process.execPath, entry, paths, env, asking });
}
