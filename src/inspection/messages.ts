import type { MessagePort } from "node:worker_threads";
import type { Config } from "../config/config.ts";
import type { Outcome } from "../contract/carried-error.ts";

/** What a thread starts with. */
export interface ThreadData {
  /** Of the program that starts it. */
  build: string;
  config: Config;
  /** Answers to the questions that the thread waits for without doing anything else. */
  answers: MessagePort;
}

/** A thread of another build ends with this code before it has done anything. */
export const anotherBuild = 65;

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
