import type { Client } from "../client/client.ts";
import type { EventsWanted, FollowedEvent } from "../client/events.ts";
import type { Connection } from "../client/http.ts";
import type { WatchEvent, WatchWanted } from "../client/orphan-watch.ts";
import type { OutputChunk, OutputWanted } from "../client/output.ts";
import type { startLines } from "../client/programs.ts";
import type { Arguments } from "./grammar/parse.ts";
import type { Keyboard } from "./terminal/keys.ts";
import type { Submitter } from "./submission/submitter.ts";
import type { Screen } from "./terminal/screen.ts";

export type LineProgram = ReturnType<typeof startLines>;
export type Clock = Connection["clock"];

/** The server for commands. If none runs, it is started first, unless that was forbidden. */
export interface Server extends Client {
  followEvents(wanted?: EventsWanted): AsyncGenerator<FollowedEvent, void>;
  readOutput(id: number, wanted?: OutputWanted): AsyncGenerator<OutputChunk>;
  watchOrphans(wanted: WatchWanted): AsyncGenerator<WatchEvent, void>;
}

/** The server's process, for `holdfast server`. Nothing here starts one implicitly. */
export interface ServerProcess {
  /** Refuses with server_not_running instead of starting one. */
  readonly client: Client;
  /** The same, and waits for an answer while the server makes progress. */
  readonly waitingClient: Client;
  /** Absolute. */
  readonly socket: string;
  readonly logFile: string;
  /** Resolves when it answers; `started` is false if one already ran. */
  start(): Promise<{ started: boolean }>;
  /** Rejects with server_inside_job if a server started from here would be part of a job. */
  mayStart(): Promise<void>;
  /** Becomes the server. Resolves when it has ended. */
  foreground(): Promise<void>;
  /** Pid of the server that holds this state folder, even if it does not answer; null: none, or not known. */
  holder(): number | null;
  /** The same, only if it is a server: `holdfast import` and `holdfast repair` hold the folder as well. */
  serverHolder(): number | null;
  /** CPU time of a process, in clock ticks (10 ms); null: not visible. */
  work(pid: number): number | null;
  /** The PID namespace of the pids that are valid here; null if the kernel does not report it. */
  pidNamespace(): number | null;
  /** Asks the process to end. */
  terminate(pid: number): void;
  /** Kills a server that does not end on request. */
  kill(pid: number): void;
  isAlive(pid: number): boolean;
}

/** The functions of the machine that `holdfast service` needs. */
export interface Host {
  /** Absolute path of the program `holdfast` of this clone. */
  readonly launcher: string;
  userName(): string;
  /** Runs a program to its end. Rejects only if it cannot be started. */
  run(
    program: string,
    args: readonly string[],
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

export type Interrupt = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Everything that a command may use. */
export interface Context {
  args: Arguments;
  /** `--json` */
  json: boolean;
  env: NodeJS.ProcessEnv;
  /** Attributes that a job inherits. Throws RefusalError `usage`. */
  submitter(): Submitter;
  /** Absolute. */
  cwd: string;
  screen: Screen;
  keyboard: Keyboard;
  clock: Clock;
  /** The page for the arguments of `holdfast help`. Throws RefusalError `usage`. */
  help: (args: readonly string[]) => Promise<string[]>;
  newKey(): string;
  server: Server;
  serverProcess: ServerProcess;
  host: Host;
  /** Runs the program that needs no server, with these arguments. */
  rescueProgram(
    args: readonly string[],
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Starts it and reads its reports, line by line. */
  startRescue(args: readonly string[]): Promise<LineProgram>;
  /** Handles these signals from now on instead of ending the program. Returns a function that undoes this. */
  onInterrupt(listener: (signal: Interrupt) => void): () => void;
}

/** The function in each file of commands/: carries out the verb and resolves with the exit code. */
export type Run = (context: Context) => Promise<number>;
