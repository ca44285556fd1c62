import { RefusalError, type Refusal } from "./problems.ts";

/** An error as it is sent to another thread: it loses its class, and keeps what it is recognised by. */
export interface CarriedError {
  message: string;
  stack: string | undefined;
  code: string | undefined;
  /** Of SQLite. */
  errcode: number | undefined;
  /** Of a RefusalError. */
  refusal: Refusal | undefined;
}

/** How a call ended in another thread. */
export type Outcome = { value: unknown } | { error: CarriedError };

export async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: carried(error) };
  }
}

/** Sends the outcome. A value that no message can carry becomes the error that says so: its receiver waits. */
export function sendOutcome(outcome: Outcome, send: (outcome: Outcome) => void): void {
  try {
    send(outcome);
  } catch (error) {
    send({ error: carried(error) });
  }
}

export function carried(error: unknown): CarriedError {
  const { message, stack, code, errcode, refusal } = (
    error instanceof Error ? error : new Error(String(error))
  ) as Error & Partial<CarriedError>;
  return { message, stack, code, errcode, refusal };
}

/** The value, or the error as it can be thrown here. */
export function valueOf(outcome: Outcome): unknown {
  if ("value" in outcome) return outcome.value;
  throw errorOf(outcome.error);
}

export function errorOf({ message, stack, code, errcode, refusal }: CarriedError): Error {
  if (refusal !== undefined) return new RefusalError(refusal);
  const kept = Object.entries({ stack, code, errcode }).filter(([, value]) => value !== undefined);
  return Object.assign(new Error(message), Object.fromEntries(kept));
}
