import { RefusalError, type Refusal } from "../contract/problems.ts";
import type { CarriedError, Outcome } from "./messages.ts";

/** The result of `work` in a form that can be sent to another thread. */
export async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: carried(error) };
  }
}

export function carried(error: unknown): CarriedError {
  const { message, stack, code, refusal } = (
    error instanceof Error ? error : new Error(String(error))
  ) as Error & { code?: string; refusal?: Refusal };
  return { message, stack, code, refusal };
}

/** The value, or the error as it can be thrown here. */
export function valueOf(outcome: Outcome): unknown {
  if ("value" in outcome) return outcome.value;
  const { message, stack, code, refusal } = outcome.error;
  if (refusal !== undefined) throw new RefusalError(refusal);
  throw Object.assign(new Error(message), {
    ...(stack === undefined ? {} : { stack }),
    ...(code === undefined ? {} : { code }),
  });
}
