import { type AbandonedAttempt, findAbandoned } from "../containment/abandoned.ts";
import { attemptSightings } from "../containment/attempt-sightings.ts";
import type { Peek } from "../store/peek.ts";

/** What lives of an earlier state folder at this path, if any. */
export function abandonedHere(stateDir: string, peek: Peek): AbandonedAttempt[] {
  const sightings = attemptSightings(process.getuid?.() ?? null);
  const found = findAbandoned(sightings, (attempt) => peek.attempt(attempt) !== null);
  return found.filter((one) => one.stateDir === stateDir);
}
