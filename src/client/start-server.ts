import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Readable } from "node:stream";
import { takeStateFolder } from "../config/own-folder.ts";
import type { Paths } from "../config/paths.ts";
import { withoutJobVariables } from "../contract/job-variables.ts";
import { RefusalError } from "../contract/problems.ts";
import { refuseInsideJob, type AskingProcess } from "../processes/enclosing-job.ts";
import { workOf } from "../processes/work-of.ts";
import { startChild } from "../system/child.ts";
import { pause } from "../system/clock.ts";
import { answeredRefusal } from "./answered-refusal.ts";
import { call } from "./call.ts";
import { isPassing } from "./following.ts";
import type { Connection } from "./http.ts";
import { StallTimeout } from "./stall-timeout.ts";

/** A server that uses no CPU time and sends no report for this long hangs. */
const limits = { stallMs: 20_000, sayAfterMs: 5000 };
const askAgainMs = 50;

export interface ServerProgram {
  /** Path of Node. */
  node: string;
  /** The bundled server. Absolute. */
  entry: string;
  paths: Paths;
  env: NodeJS.ProcessEnv;
  /** The process for which it is started. Default: this one. */
  asking?: AskingProcess | undefined;
  /** The measure of progress of the new process. Default: its CPU time. */
  progress?: (pid: number | undefined) => number | null;
}

/**
 * Starts a server in a session of its own and resolves when one answers: this one, or another that
 * was faster (`started` is then false). The server reports on descriptor 3: `phase <what it does>`,
 * then `ready <socket>` or `problem <JSON>`. Throws RefusalError.
 */
export async function startServer(
  connection: Connection,
  program: ServerProgram,
): Promise<{ started: boolean }> {
  refuseInsideJob(program.paths.attemptsDir, program.env, program.asking);
  const word = await outcome(spawnServer(program), connection, program.progress ?? workOf);
  if (word.startsWith("ready ")) return { started: true };
  const refused = answeredRefusal(0, word.replace(/^problem /, ""));
  if (refused.refusal.code !== "server_already_running") throw refused;
  await untilAnswered(connection, refused);
  return { started: false };
}

/** Performs `action`; if no server runs, `start`s one and repeats it. */
export async function withServer<T>(
  action: () => Promise<T>,
  start: () => Promise<unknown>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof RefusalError) || error.refusal.code !== "server_not_running")
      throw error;
  }
  await start();
  return await action();
}

function spawnServer({ node, entry, paths, env }: ServerProgram): ChildProcess {
  const log = openLog(paths);
  try {
    return startChild(node, [entry], {
      detached: true,
      // A server with a user's working directory would prevent its unmounting. Relative paths are
      // therefore passed on as absolute ones.
      cwd: "/",
      env: {
        // A shell can have inherited them from a job that it does not belong to.
        ...withoutJobVariables(env),
        HOLDFAST_STATE_DIR: paths.stateDir,
        HOLDFAST_RUNTIME_DIR: paths.runtimeDir,
        ...(env["HOLDFAST_CONFIG"] === undefined ? {} : { HOLDFAST_CONFIG: paths.configFile }),
        HOLDFAST_READY_FD: "3",
      },
      stdio: ["ignore", log, log, "pipe"],
    });
  } finally {
    if (log !== "ignore") closeSync(log);
  }
}

/** Also keeps what a server prints before it has opened its own log. */
function openLog(paths: Paths): number | "ignore" {
  try {
    takeStateFolder(paths.stateDir);
    return openSync(paths.serverLog, "a", 0o600);
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === "foreign_owner") throw error;
    return "ignore"; // The server has the same problem and reports it.
  }
}

async function outcome(
  child: ChildProcess,
  { clock, onWaiting }: Connection,
  progress: (pid: number | undefined) => number | null,
): Promise<string> {
  const pipe = child.stdio[3] as Readable;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const awaited = {
    progress: () => progress(child.pid),
    ...(onWaiting === undefined ? {} : { onWaiting }),
  };
  const timeout = new StallTimeout(clock, awaited, "the server to start", limits);
  const timer = timeout.watch(() =>
    reject(
      didNotStart(
        `for ${limits.stallMs / 1000} s it showed no progress and had no processor time, while this command waited for ${timeout.what}`,
      ),
    ),
  );
  let text = "";
  pipe.setEncoding("utf8").on("data", (part: string) => {
    const lines = (text + part).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      if (!line.startsWith("phase ")) return resolve(line);
      timeout.what = `the server to start (${line.slice("phase ".length)})`;
      timeout.moved();
    }
  });
  child.once("error", (error) => reject(didNotStart(error.message)));
  // Called after the pipe was read to its end, so an exit cannot overtake a report.
  child.once("close", (code, signal) => reject(didNotStart(describeEnd(code, signal))));
  try {
    return await promise;
  } finally {
    timer.cancel();
    child.unref();
    pipe.destroy();
  }
}

/** The faster server may not listen yet. */
async function untilAnswered(connection: Connection, refused: RefusalError): Promise<void> {
  const { pid } = refused.refusal.details;
  const timeout = new StallTimeout(
    connection.clock,
    connection,
    `the server that was faster (pid ${pid}) to answer`,
    limits,
  );
  for (;;) {
    try {
      await call(connection, "showVersion", {});
      return;
    } catch (error) {
      if (!isPassing(error)) throw error;
      // "No server is running" would be wrong: another process holds the state folder.
      if (timeout.isOver()) throw refused;
    }
    await pause(connection.clock, askAgainMs);
  }
}

/** Node aborts if it cannot start its threads or allocate its memory. */
function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === "SIGABRT")
    return "Node aborted, as it does where the machine has no room for its threads or memory";
  return `it ended with ${signal ?? `code ${code}`}`;
}

function didNotStart(what: string): RefusalError {
  return new RefusalError({ code: "server_did_not_start", details: { what } });
}
