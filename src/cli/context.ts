import type { Client } from "../client/client.ts";
import type { EventsWanted } from "../client/events.ts";
import type { Connection } from "../client/http.ts";
import type { WatchEvent, WatchWanted } from "../client/orphan-watch.ts";
import type { OutputChunk, OutputWanted } from "../client/output.ts";
import type { JobEvent } from "../contract/event.ts";
import type { startLines } from "../client/programs.ts";
import type { Arguments } from "./grammar/parse.ts";
import type { Keyboard } from "./terminal/keys.ts";
import type { Submitter } from "./submission/submitter.ts";
import type { Screen } from "./terminal/screen.ts";

export type LineProgram = ReturnType<typeof startLines>;
export type Clock = Connection["clock"];

/** The server as commands see it. Where none runs it is started first, unless that was forbidden. */
export interface Server extends Client {
  followEvents(wanted?: EventsWanted): AsyncGenerator<JobEvent, void>;
  readOutput(id: number, wanted?: OutputWanted): AsyncGenerator<OutputChunk>;
  watchOrphans(wanted: WatchWanted): AsyncGenerator<WatchEvent, void>;
}

/** The server's process, for `holdfast server`. Nothing here starts one by the way. */
export interface ServerProcess {
  /** Refuses with server_not_running instead of starting one. */
  readonly client: Client;
  /** The same, and waits for an answer while the server is at work. */
  readonly patientClient: Client;
  /** Absolute. */
  readonly socket: string;
  readonly logFile: string;
  /** Resolves when it answers; `started` is false where one ran already. */
  start(): Promise<{ started: boolean }>;
  /** Rejects with server_inside_job where a server started from here would be part of a job. */
  mayStart(): Promise<void>;
  /** Becomes the server. Resolves when it has ended. */
  foreground(): Promise<void>;
  /** Pid of the server that holds this state folder, also if it answers nobody; null: none, or nobody can tell. */
  holder(): number | null;
  /** The processor time that a process has had, in clock ticks (10 ms); null: it cannot be seen. */
  work(pid: number): number | null;
  /** The PID namespace in which a pid means something here; null where the kernel does not say. */
  pidNamespace(): number | null;
  /** Asks the process to end. */
  terminate(pid: number): void;
  /** Ends one that does not do what it is asked. */
  kill(pid: number): void;
  isAlive(pid: number): boolean;
}

/** What `holdfast service` needs of the machine that it sets up. */
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
  /** What a job inherits. Throws RefusalError `usage`. */
  submitter(): Submitter;
  /** Absolute. */
  cwd: string;
  screen: Screen;
  keyboard: Keyboard;
  clock: Clock;
  /** The page for the words after `holdfast help`. Throws RefusalError `usage`. */
  help: (words: readonly string[]) => Promise<string[]>;
  newKey(): string;
  server: Server;
  serverProcess: ServerProcess;
  host: Host;
  /** Runs the program that needs no server, with these words. */
  rescueProgram(
    words: readonly string[],
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Starts it and reads what it tells, line by line. */
  startRescue(words: readonly string[]): Promise<LineProgram>;
  /** From now on these signals come here instead of ending the program. Returns the way back. */
  onInterrupt(listener: (signal: Interrupt) => void): () => void;
}

/** What each file in commands/ offers: does the verb and resolves with the exit code. */
export type Run = (context: Context) => Promise<number>;
