import type { MessagePort } from "node:worker_threads";
import type { Config } from "../config/config.ts";
import type { Refusal } from "../contract/problems.ts";

/** What a thread starts with. */
export interface ThreadData {
  /** Of the program that starts it (system/build-id.ts). */
  build: string;
  config: Config;
  /** Answers to the questions that the thread waits for without doing anything else. */
  answers: MessagePort;
}

/**
 * The exit code of a thread whose program is of another build than the one that started it: a file
 * system gives a removed file's inode to the next one, so the file can look like the one it was.
 */
export const otherBuildExit = 3;

/** How a call ended. Errors lose their class on the way: what can be told apart is carried. */
export type Outcome = { value: unknown } | { error: CarriedError };

export interface CarriedError {
  message: string;
  stack: string | undefined;
  code: string | undefined;
  /** Of a RefusalError. */
  refusal: Refusal | undefined;
}

export type ToThread =
  | { type: "call"; call: number; service: string; args: unknown[] }
  | { type: "abort"; call: number }
  | { type: "answer"; question: number; outcome: Outcome };

export type FromThread =
  | { type: "outcome"; call: number; outcome: Outcome }
  | { type: "event"; call: number; event: unknown }
  | { type: "question"; question: number; name: string; args: unknown[] }
  /** The thread sleeps until `wake` is 1; the answer is then at its port. */
  | { type: "urgent"; name: string; args: unknown[]; wake: Int32Array };
