import { formatDuration } from "./units.ts";

/** The part of a message in parentheses: since when is not known from before that. */
export function firstSeen(ageMs: number): string {
  if (ageMs < 1000) return "first seen just now";
  return `first seen ${formatDuration(Math.floor(ageMs / 1000) * 1000)} ago`;
}

/** The same text at every moment, for a client that prints a message once. */
export function withoutFirstSeen(message: string): string {
  return message.replace(/ \(first seen (?:just now|[^()]* ago)\)/, "");
}
