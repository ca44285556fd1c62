import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { outcomeOf, sendOutcome, valueOf, type Outcome } from "../contract/carried-error.ts";
import { buildId } from "../system/build-id.ts";
import { anotherBuild, type FromThread, type ThreadData, type ToThread } from "./messages.ts";

/** What a service knows of the call that it answers. */
export interface Call {
  signal: AbortSignal;
  report: (event: unknown) => void;
}

/** What a thread can ask of the program that started it. */
export interface Program {
  ask(name: string, ...args: unknown[]): Promise<unknown>;
  /** Sleeps until the answer is there: for questions in the middle of an inspection. */
  askNow(name: string, ...args: unknown[]): unknown;
}

export type Service = (call: Call, ...args: never[]) => unknown;

const data = workerData as ThreadData;
// Before anything is answered: what is asked may mean something else here. The program's file was compared
// by its inode, which a new file may have as well.
if (data.build !== buildId) process.exit(anotherBuild);
const questions = new Map<number, (outcome: Outcome) => void>();
let last = 0;

export const { config } = data;

export const program: Program = {
  async ask(name, ...args) {
    const question = (last += 1);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    say({ type: "question", question, name, args });
    questions.set(question, resolve);
    return valueOf(await promise);
  },
  askNow(name, ...args) {
    const wake = new Int32Array(new SharedArrayBuffer(4));
    say({ type: "urgent", name, args, wake });
    Atomics.wait(wake, 0, 0);
    return valueOf(receiveMessageOnPort(data.answers)?.message as Outcome);
  },
};

/** Answers the program's calls by these services until the thread is ended. */
export function serve(services: Readonly<Record<string, Service>>): void {
  const calls = new Map<number, AbortController>();
  parentPort?.on("message", (message: ToThread) => {
    if (message.type === "abort") calls.get(message.call)?.abort();
    else if (message.type === "answer") {
      questions.get(message.question)?.(message.outcome);
      questions.delete(message.question);
    } else {
      const { call, service, args } = message;
      const end = new AbortController();
      calls.set(call, end);
      const done = answer(services[service], { call, args: args as never[], end });
      void done.finally(() => calls.delete(call));
    }
  });
}

async function answer(
  service: Service | undefined,
  { call, args, end }: { call: number; args: never[]; end: AbortController },
): Promise<void> {
  const report = (event: unknown) => say({ type: "event", call, event });
  const outcome = await outcomeOf(() => {
    if (service === undefined) throw new Error("there is no such service");
    return service({ signal: end.signal, report }, ...args);
  });
  sendOutcome(outcome, (sent) => say({ type: "outcome", call, outcome: sent }));
}

function say(message: FromThread): void {
  parentPort?.postMessage(message);
}
