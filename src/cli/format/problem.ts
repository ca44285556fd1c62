import { hintOf, problems, type Refusal } from "../../contract/problems.ts";
import { printable } from "./printable.ts";

/** What is wrong, why, and what to type next: two lines. */
export function problemLines(refusal: Refusal): string[] {
  const { code, details } = refusal;
  // The exact usage error replaces the general title of the catalogue.
  const typed = code === "usage" || code === "bad_unit";
  const what = typed ? details["what"] : problems[code].title;
  const next = typed ? details["next"] : hintOf(refusal);
  const lines = [`holdfast: ${printable(String(what ?? problems[code].title))}`];
  // The body of the request is not what a person has typed.
  if (next !== undefined)
    lines.push(`  ${printable(String(next)).replace(/^Correct body: /, "Correct ")}`);
  return lines;
}

export function problemExitCode({ code }: Refusal): number {
  return problems[code].exit;
}
