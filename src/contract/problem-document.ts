import { hintOf, problems, type Refusal } from "./problems.ts";
import type { ProblemDocument } from "./server.ts";

/** What goes over the wire for a refusal (RFC 9457). */
export function problemDocument(refusal: Refusal): ProblemDocument {
  const { status, title } = problems[refusal.code];
  const hint = hintOf(refusal);
  return {
    type: `urn:holdfast:problem:${refusal.code}`,
    title,
    status,
    detail: `${title}. ${hint}`,
    code: refusal.code,
    hint,
    details: refusal.details,
  };
}
