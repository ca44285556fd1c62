import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { isFinished } from "../processes/proc-stat.ts";
import type { Sighting } from "./attempt-sightings.ts";

/** An attempt that lives while the state folder that has its records is gone. */
export interface AbandonedAttempt {
  attempt: string;
  /** Null: its environment could not be read. */
  job: number | null;
  keeper: Sighting["stat"] | null;
  /** Without the keeper. */
  members: Sighting["stat"][];
  /** As it was when the attempt began. */
  stateDir: string;
  /** Where that folder is now, if it was moved. */
  movedTo: string | null;
}

/**
 * Attempts whose state folder was removed, emptied, replaced by another or moved: no server finds
 * them by their folders; only /proc shows them. `knows`: the attempts that the available records
 * have. An attempt without a keeper whose state folder is still there is not among them: its job may
 * have been removed, and `holdfast orphans` judges what it left.
 */
export function findAbandoned(
  sightings: readonly Sighting[],
  knows: (attempt: string) => boolean,
  exists: (path: string) => boolean = existsSync,
): AbandonedAttempt[] {
  const alive = sightings.filter(({ stat }) => !isFinished(stat));
  const byAttempt = Map.groupBy(alive, ({ attempt }) => attempt);
  return [...byAttempt].flatMap(([attempt, all]) => {
    // The paths of another mount namespace, as a container has one, say nothing here.
    const seen = all.filter(({ isOfOurMounts }) => isOfOurMounts);
    if (knows(attempt) || seen.length === 0) return [];
    const recorded = first(seen, ({ recorded: path }) => path);
    const open = first(seen, ({ openFolder: path }) =>
      path !== null && exists(path) ? path : null,
    );
    const removed = first(seen, ({ removedFolder: path }) => path);
    const folder = recorded ?? removed;
    if (folder === null || exists(folder)) return [];
    const keeper = all.find(({ isKeeper }) => isKeeper)?.stat ?? null;
    const stateDir = stateDirOf(folder);
    if (keeper === null && exists(stateDir)) return [];
    const found: AbandonedAttempt = {
      attempt,
      job: first(all, ({ job }) => job),
      keeper,
      members: all.filter(({ isKeeper }) => !isKeeper).map(({ stat }) => stat),
      stateDir,
      movedTo: open === null ? null : stateDirOf(open),
    };
    return [found];
  });
}

/** A keeper alone has ended its attempt: it holds nothing and waits for its folder for a while. */
export function isAlive({ members }: AbandonedAttempt): boolean {
  return members.length > 0;
}

function stateDirOf(attemptFolder: string): string {
  return dirname(dirname(attemptFolder));
}

function first<T>(all: readonly Sighting[], of: (one: Sighting) => T | null): T | null {
  for (const one of all) {
    const found = of(one);
    if (found !== null) return found;
  }
  return null;
}
