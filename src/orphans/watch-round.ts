import type { OrphanClass, Suspect } from "../contract/orphans.ts";
import { identityKey } from "./scene.ts";

/** What a watch may end automatically. */
export interface WatchPolicy {
  /** Only these classes. */
  reap: ReadonlySet<OrphanClass>;
  /** Minimum time since the first of the sightings that the decision is based on. */
  afterMs: number;
}

/** One suspect across rounds. */
export interface Sighted {
  suspect: Suspect;
  /** Monotonic time at which it was first seen for the same reason. */
  sinceMs: number;
  /** Consecutive rounds that saw it for the same reason. */
  sightings: number;
  /** It was reaped, or refused, for this reason; it is never tried twice. */
  tried: boolean;
}

export type WatchNews =
  | { type: "found"; suspect: Suspect }
  | { type: "changed"; suspect: Suspect; was: Suspect }
  | { type: "gone"; suspect: Suspect };

export interface Round {
  known: ReadonlyMap<string, Sighted>;
  news: WatchNews[];
  /** Suspects that the policy allows to end now. */
  ripe: Suspect[];
}

const sightingsWanted = 2;

/**
 * Combines one round with the earlier ones. A suspect is ripe if it has been suspected for the same
 * reason in two consecutive rounds and for `afterMs`, with complete evidence.
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
    const same =
      earlier !== undefined &&
      isSameReason(earlier.suspect, suspect) &&
      earlier.suspect.confidence === suspect.confidence;
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
  return (
    policy.reap.has(suspect.class) &&
    isComplete(suspect) &&
    !tried &&
    sightings >= sightingsWanted &&
    nowMs - sinceMs >= policy.afterMs
  );
}

/** Whether the evidence of its class is complete; only then may a watch end it. */
export function isComplete({ confidence }: Pick<Suspect, "confidence">): boolean {
  return confidence === "proven" || confidence === "likely";
}

/** The suspects of a new inspection that are those ripe ones, for the same reason. */
export function stillRipe(ripe: readonly Suspect[], now: readonly Suspect[]): Suspect[] {
  return now.filter(
    (one) =>
      isComplete(one) && ripe.some((then) => keyOf(then) === keyOf(one) && isSameReason(then, one)),
  );
}

/** Whether class, rule and job are the same. Age and CPU use change with every inspection. */
function isSameReason(a: Suspect, b: Suspect): boolean {
  return a.class === b.class && a.rule === b.rule && a.jobId === b.jobId;
}

function keyOf({ root, processes }: Suspect): string {
  return identityKey({ pid: root, start: processes[0]?.start ?? 0 });
}
