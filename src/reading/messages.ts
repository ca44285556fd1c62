import type { JobEvent } from "../contract/event.ts";
import type { Result } from "../contract/problems.ts";
import type { JobQuery } from "./job-query.ts";
import type { EventQuery, StoredPage } from "./reads.ts";

/** What the reading thread is started with. */
export interface ReaderData {
  /** Of the server (system/build-id.ts): a program of another build may read another schema. */
  build: string;
  database: string;
  /** Of the file that the server has open; null: unknown. */
  identity: string | null;
  attemptsDir: string;
}

export type Question =
  | { kind: "jobs"; query: JobQuery }
  | { kind: "events"; query: EventQuery }
  /** The reader of the answer has gone. */
  | { kind: "gone" };
export type NumberedQuestion = Question & { id: number };

export type Answer =
  /** The database is open: questions are read. */
  | { kind: "open" }
  /** It cannot be opened, and the thread ends. */
  | { kind: "closed"; why: string }
  | { kind: "answered"; id: number; value: Result<StoredPage> | JobEvent[] }
  | { kind: "failed"; id: number; error: FailedRead };

/** An error, with what its kind is recognised by. */
export interface FailedRead {
  message: string;
  stack: string | undefined;
  code: string | undefined;
  errcode: number | undefined;
}

export function toFailedRead(error: unknown): FailedRead {
  const { message, stack, code, errcode } = error as Partial<FailedRead>;
  return { message: message ?? String(error), stack, code, errcode };
}

export function toError({ message, stack, code, errcode }: FailedRead): Error {
  return Object.assign(new Error(message), {
    ...(stack === undefined ? {} : { stack }),
    ...(code === undefined ? {} : { code }),
    ...(errcode === undefined ? {} : { errcode }),
  });
}
