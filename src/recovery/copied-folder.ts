import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  type FolderIdentity,
  identityOf,
  isSameFolder,
  recordedIdentity,
  recordIdentity,
} from "../config/folder-identity.ts";
import type { Paths } from "../config/paths.ts";
import { attemptSightings, type Sighting } from "../containment/attempt-sightings.ts";
import { RefusalError } from "../contract/problems.ts";
import { shellWord } from "../contract/shell-word.ts";

/** The relation of a state folder to the folder that its own record names. */
export type FolderStanding =
  /** The same folder, or there is no record. */
  | { kind: "own" }
  /** The same folder under another path, or a remainder of it: nothing is left at its old path. */
  | { kind: "moved"; from: string }
  /** A copy: the recorded folder is still there, or an attempt that both know runs in it. `runs`: the latter. */
  | { kind: "copy"; original: string; runs: boolean };

/** The input of a decision. */
export interface FolderEvidence {
  recorded: FolderIdentity | null;
  here: FolderIdentity;
  /** What is at the recorded path now. */
  atRecorded: FolderIdentity | null;
  /** The other state folder in which attempts run whose folders are also in this one; null: none. */
  runsIn: string | null;
}

/**
 * Pure. Records of a copy name the processes of the original: a server that judged them by what it
 * finds in the copy would end them, and both would record an end.
 */
export function judgeFolder({
  recorded,
  here,
  atRecorded,
  runsIn,
}: FolderEvidence): FolderStanding {
  if (runsIn !== null) return { kind: "copy", original: runsIn, runs: true };
  if (recorded === null) return { kind: "own" };
  const isThere = atRecorded !== null && isSameFolder(recorded, atRecorded);
  if (!isThere) return { kind: "moved", from: recorded.path };
  if (isSameFolder(recorded, here)) return { kind: "own" };
  return { kind: "copy", original: recorded.path, runs: false };
}

type Places = Pick<Paths, "stateDir" | "attemptsDir" | "folderFile">;

export function standingOfFolder({ stateDir, attemptsDir, folderFile }: Places): FolderStanding {
  const here = identityOf(stateDir);
  if (here === null) return { kind: "own" };
  const recorded = recordedIdentity(folderFile);
  return judgeFolder({
    recorded,
    here,
    atRecorded: recorded === null ? null : identityOf(recorded.path),
    runsIn: folderOfLiving(attemptsDir, attemptSightings(process.getuid?.() ?? null)),
  });
}

/** By the files that its processes have open: those of an attempt of this folder are in this folder. */
export function folderOfLiving(
  attemptsDir: string,
  sightings: readonly Sighting[],
  same: (a: string, b: string) => boolean = isOneFolder,
): string | null {
  for (const [attempt, all] of Map.groupBy(sightings, (one) => one.attempt)) {
    const own = join(attemptsDir, attempt);
    if (!existsSync(own)) continue;
    const open = all.flatMap(({ openFolder, isOfOurMounts }) =>
      isOfOurMounts && openFolder !== null && existsSync(openFolder) ? [openFolder] : [],
    );
    // A process of the attempt may copy its folder: what it writes to is what counts.
    const [elsewhere] = open;
    if (elsewhere !== undefined && !open.some((folder) => same(folder, own)))
      return dirname(dirname(elsewhere));
  }
  return null;
}

function isOneFolder(a: string, b: string): boolean {
  const [one, other] = [identityOf(a), identityOf(b)];
  return one !== null && other !== null && isSameFolder(one, other);
}

/** Throws RefusalError `state_folder_copied`: nothing is judged and nothing is signalled from a copy. */
export function refuseCopy(places: Places): FolderStanding {
  const standing = standingOfFolder(places);
  if (standing.kind === "copy") throw copied(places, standing);
  return standing;
}

/** For a server, with its lock. Returns what a person has to be informed of. */
export async function takeFolderOver(places: Places): Promise<string[]> {
  const standing = refuseCopy(places);
  await recordOwn(places);
  if (standing.kind !== "moved") return [];
  const { stateDir } = places;
  return [
    standing.from === stateDir
      ? `${stateDir} is not the earlier folder but a copy, for example from a backup: nothing is left of the earlier folder, and the copy is used`
      : `this state folder was at ${standing.from} before, and that path cannot be seen from here any more: the folder is used as that one`,
  ];
}

/** What is on record already needs no room: a server also starts on a full disk. */
export async function recordOwn({ stateDir, folderFile }: Places): Promise<void> {
  const here = identityOf(stateDir);
  if (here === null || isDeepStrictEqual(here, recordedIdentity(folderFile))) return;
  await recordIdentity(folderFile, here);
}

export function copied(
  { stateDir }: Places,
  { original, runs }: Extract<FolderStanding, { kind: "copy" }>,
): RefusalError {
  const next = runs
    ? `jobs that run belong to that one: end them there first (HOLDFAST_STATE_DIR=${shellWord(original)} holdfast emergency-stop --all), or use that one`
    : `use that one, or holdfast repair --this-copy to use this one from now on`;
  return new RefusalError({
    code: "state_folder_copied",
    details: { path: stateDir, original, next },
  });
}
