import { RefusalError, type ProblemCode } from "../../contract/problems.ts";

/** A usage error. `what` describes it, `next` shows what to type instead. */
export function usageError(
  what: string,
  next: string,
  code: Extract<ProblemCode, "usage" | "bad_unit"> = "usage",
): RefusalError {
  return new RefusalError({ code, details: { what, next } });
}
