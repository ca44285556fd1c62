import { formatDuration } from "./units.ts";

/** As a message has it in parentheses: since when it was so before that is not known. */
export function firstSeen(ageMs: number): string {
  if (ageMs < 1000) return "first seen just now";
  return `first seen ${formatDuration(Math.floor(ageMs / 1000) * 1000)} ago`;
}

/** The same text at every moment, for a client that prints a message once. */
export function withoutFirstSeen(message: string): string {
  return message.replace(/ \(first seen (?:just now|[^()]* ago)\)/, "");
}
