import type { CarriedError } from "../contract/carried-error.ts";
import type { JobEvent } from "../contract/event.ts";
import type { Result } from "../contract/problems.ts";
import type { JobQuery } from "./job-query.ts";
import type { EventQuery, StoredPage } from "./reads.ts";

/** What the reading thread is started with. */
export interface ReaderData {
  /** Of the program that starts it. */
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
  | { kind: "failed"; id: number; error: CarriedError };
