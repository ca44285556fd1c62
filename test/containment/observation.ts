import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Connection } from "../../src/client/http.ts";
import { followEvents } from "../../src/client/events.ts";
import { readOutput } from "../../src/client/output.ts";
import type { JobEvent } from "../../src/contract/event.ts";
import type { Stopping } from "../../src/contract/stopping.ts";
import { isTerminal, type State } from "../../src/job/states.ts";
import { fixturesFolder } from "../fixtures/witness.ts";

/** A job's end as a test saw it; the witness is asked in the same turn in which the terminal event arrives. */
export interface Ending {
  state: State;
  /** Lines of the witness: which processes lived at that moment. */
  living: string[];
  /** The job's reports while it was stopping, oldest first. */
  stops: Stopping[];
}

/** Events of one job from its beginning, until `use` returns something. */
export async function fromEvents<T>(
  connection: Connection,
  id: number,
  use: (event: JobEvent) => T | undefined,
  signal?: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  signal?.addEventListener("abort", () => over.abort());
  try {
    for await (const event of followEvents(connection, {
      jobId: id,
      after: 0,
      signal: over.signal,
    })) {
      const result = use(event);
      if (result !== undefined) return result;
    }
  } finally {
    over.abort();
  }
  throw new Error("the events ended");
}

/** Resolves with the state in which the job ended. */
export function untilTerminal(connection: Connection, id: number): Promise<State> {
  return fromEvents(connection, id, ({ state }) =>
    state !== null && isTerminal(state) ? state : undefined,
  );
}

/** Follows a job to its end and asks the witness at that very moment, without any grace. */
export function observeEnd(
  connection: Connection,
  id: number,
  witnessDir: string,
  /** Whether it may have ended before it executed anything. */
  unborn = false,
): Promise<Ending> {
  const stops: Stopping[] = [];
  return fromEvents(connection, id, ({ type, state, data }) => {
    if (type === "live" && data["stopping"] !== undefined) stops.push(data["stopping"] as Stopping);
    if (state === null || !isTerminal(state)) return undefined;
    return { state, living: livingNow(witnessDir, unborn), stops };
  });
}

/** Resolves with the first report of a stop that `fits`. */
export function untilStopping(
  connection: Connection,
  id: number,
  fits: (stopping: Stopping) => boolean,
): Promise<Stopping> {
  return fromEvents(connection, id, ({ type, state, data }) => {
    if (state !== null && isTerminal(state)) throw new Error(`job ${id} is ${state} already`);
    const stopping = type === "live" ? (data["stopping"] as Stopping | undefined) : undefined;
    return stopping !== undefined && fits(stopping) ? stopping : undefined;
  });
}

/** Which processes live now, according to the witness: lines such as `held leader.x1 812`. */
export function livingNow(witnessDir: string, unborn = false): string[] {
  const text = execFileSync(join(fixturesFolder, "witness-check"), [witnessDir], {
    encoding: "utf8",
  });
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.length === 0 && !unborn)
    throw new Error(`no fixture ever took a witness in ${witnessDir}`);
  return lines.filter((line) => line.startsWith("held"));
}

/** Follows a job's output until `enough` lines were received. Throws if it ends before. */
export async function untilLines(
  connection: Connection,
  id: number,
  enough: (lines: readonly string[]) => boolean,
  signal?: AbortSignal,
): Promise<string[]> {
  const over = new AbortController();
  signal?.addEventListener("abort", () => over.abort());
  let text = "";
  try {
    for await (const { bytes } of readOutput(connection, id, {
      follow: true,
      signal: over.signal,
    })) {
      text += bytes.toString("utf8");
      const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
      lines.pop();
      if (enough(lines)) return lines;
    }
  } finally {
    over.abort();
  }
  throw new Error(`job ${id} ended before it was ready; its output: ${text.trim()}`);
}
