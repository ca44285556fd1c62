import type { OrphanClass, Suspect } from "../contract/orphans.ts";
import { identityKey } from "./scene.ts";

/** What a watch may do by itself. */
export interface WatchPolicy {
  /** Only of these classes. */
  reap: ReadonlySet<OrphanClass>;
  /** From the first of the sightings on which the decision rests. */
  afterMs: number;
}

/** One suspect as the rounds have seen it. */
export interface Sighted {
  suspect: Suspect;
  /** Monotonic; when this was first seen of it, in this form. */
  sinceMs: number;
  /** Rounds in a row that saw it in this form. */
  sightings: number;
  /** It was reaped, or that was refused, in this form: never tried twice. */
  tried: boolean;
}

export type WatchNews =
  | { type: "found"; suspect: Suspect }
  | { type: "changed"; suspect: Suspect; was: Suspect }
  | { type: "gone"; suspect: Suspect };

export interface Round {
  known: ReadonlyMap<string, Sighted>;
  news: WatchNews[];
  /** Whom the policy lets end now. */
  ripe: Suspect[];
}

const sightingsWanted = 2;

/**
 * What one round makes of what the rounds before have seen. Ripe is who has been suspected for the
 * same reason in two rounds in a row, and for `afterMs`, with evidence that is complete.
 */
export function nextRound(
  before: ReadonlyMap<string, Sighted>,
  suspects: readonly Suspect[],
  nowMs: number,
  policy: WatchPolicy,
): Round {
  const known = new Map<string, Sighted>();
  const news: WatchNews[] = [];
  const ripe: Suspect[] = [];
  for (const suspect of suspects) {
    const key = keyOf(suspect);
    const earlier = before.get(key);
    const same = earlier !== undefined && isSame(earlier.suspect, suspect);
    if (earlier === undefined) news.push({ type: "found", suspect });
    else if (!same) news.push({ type: "changed", suspect, was: earlier.suspect });
    const sighted: Sighted = same
      ? { ...earlier, suspect, sightings: earlier.sightings + 1 }
      : { suspect, sinceMs: nowMs, sightings: 1, tried: false };
    if (isRipe(sighted, nowMs, policy)) {
      ripe.push(suspect);
      sighted.tried = true;
    }
    known.set(key, sighted);
  }
  for (const [key, { suspect }] of before)
    if (!known.has(key)) news.push({ type: "gone", suspect });
  return { known, news, ripe };
}

function isRipe(
  { suspect, sinceMs, sightings, tried }: Sighted,
  nowMs: number,
  policy: WatchPolicy,
) {
  const complete = suspect.confidence === "proven" || suspect.confidence === "likely";
  return (
    policy.reap.has(suspect.class) &&
    complete &&
    !tried &&
    sightings >= sightingsWanted &&
    nowMs - sinceMs >= policy.afterMs
  );
}

/** The reason is the same; age and CPU change with every look. */
function isSame(a: Suspect, b: Suspect): boolean {
  return (
    a.class === b.class && a.rule === b.rule && a.jobId === b.jobId && a.confidence === b.confidence
  );
}

function keyOf({ root, processes }: Suspect): string {
  return identityKey({ pid: root, start: processes[0]?.start ?? 0 });
}
