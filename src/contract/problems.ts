import { commandProblems } from "./problems/command-problems.ts";
import { findingProblems } from "./problems/finding-problems.ts";
import { jobProblems } from "./problems/job-problems.ts";
import { requestProblems } from "./problems/request-problems.ts";
import { serverProblems } from "./problems/server-problems.ts";
import { storageProblems } from "./problems/storage-problems.ts";

/** Every error of Holdfast, in one catalogue. The reference page is tested against it. */
export const problems = {
  ...requestProblems,
  ...jobProblems,
  ...storageProblems,
  ...findingProblems,
  ...serverProblems,
  ...commandProblems,
};

export type ProblemCode = keyof typeof problems;

/** Parameters that fill a hint's `{name}` places. Never a secret. */
export type ProblemDetails = Record<string, string | number>;

/** An expected refusal: a value, not an exception. */
export interface Refusal {
  code: ProblemCode;
  details: ProblemDetails;
}

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function accept<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

export function refuse(
  code: ProblemCode,
  details: ProblemDetails = {},
): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { code, details } };
}

/** The hint with its places filled; a place without a parameter is shown as `?`. */
export function hintOf({ code, details }: Refusal): string {
  return problems[code].hint.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(details[name] ?? "?"),
  );
}

/** Carries a refusal through code that can only throw (start-up, borders). */
export class RefusalError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(`${problems[refusal.code].title}: ${hintOf(refusal)}`, options);
    this.name = "RefusalError";
    this.refusal = refusal;
  }
}
