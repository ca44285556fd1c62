import { hintOf, problems, RefusalError, type Refusal } from "../../contract/problems.ts";
import type { ProblemDocument } from "../../contract/server.ts";
import { printable } from "./printable.ts";

/** What is wrong, why, and what to type next: at most three lines. */
export function problemLines(refusal: Refusal): string[] {
  const { code, details } = refusal;
  if (code === "usage" || code === "bad_unit") {
    const next = details["next"];
    const lines = [`holdfast: ${printable(String(details["what"] ?? problems[code].title))}`];
    if (next !== undefined) lines.push(`  ${printable(String(next))}`);
    return lines;
  }
  return [`holdfast: ${problems[code].title}`, `  ${printable(hintOf(refusal))}`];
}

/** The same as the API's problem document, for `--json`. */
export function problemDocument(refusal: Refusal): ProblemDocument {
  const { title, status } = problems[refusal.code];
  const hint = hintOf(refusal);
  return {
    type: `https://holdfast.invalid/problems/${refusal.code}`,
    title,
    status,
    detail: `${title}: ${hint}`,
    code: refusal.code,
    hint,
    details: refusal.details,
  };
}

/** Anything that was thrown, as a refusal: what is not one is a defect. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal", details: { reference: what.split("\n")[0] ?? "", what } };
}
