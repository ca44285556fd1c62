import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { RefusalError } from "../contract/problems.ts";
import { makeFolders } from "../system/make-folders.ts";
import { isTrustedOwner, ownUid, refuseForeign } from "./ownership.ts";

const { O_RDONLY, O_DIRECTORY } = constants;
/** Of a folder in which every user may make files, such as /tmp. */
const sticky = 0o1000;

/** The variable that names another folder. */
type Variable = "HOLDFAST_STATE_DIR" | "HOLDFAST_RUNTIME_DIR";

/**
 * Makes a folder that only this user can read, or closes an existing folder of this user to others.
 * Throws RefusalError `foreign_owner` before anything is changed where it is another user's,
 * `bad_config` where every user may use it, and `storage_failed` with what the file system says.
 */
export function takeFolder(path: string, variable: Variable): void {
  let descriptor: number | null = null;
  try {
    refuseForeignPlace(path, variable);
    makeFolders(path, 0o700);
    // From here on by its descriptor: another folder may be put in its place at any moment.
    descriptor = openSync(path, O_RDONLY | O_DIRECTORY);
    const { uid, mode } = fstatSync(descriptor);
    if (uid !== ownUid()) refuseForeign(path, uid, variable);
    if ((mode & sticky) !== 0) refuseShared(path, variable);
    if ((mode & 0o777) !== 0o700) fchmodSync(descriptor, 0o700);
  } catch (error) {
    if (error instanceof RefusalError) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    const what = `${path}: ${why} (${variable}=FOLDER uses another folder)`;
    throw new RefusalError({ code: "storage_failed", details: { what } }, { cause: error });
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Closing it would take it from all other users. */
function refuseShared(path: string, variable: Variable): never {
  const what = `${path} is a folder that all users share; name one in it that only Holdfast uses`;
  throw new RefusalError({ code: "bad_config", details: { where: variable, what } });
}

/**
 * The same for the state folder, in which nothing may be another user's: it may have been open to
 * others once, and a log or lock of theirs could be a link to any file of this user's. A link counts
 * as what it is, not as what it leads to.
 */
export function takeStateFolder(folder: string): void {
  takeFolder(folder, "HOLDFAST_STATE_DIR");
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const uid = lstatSync(path, { throwIfNoEntry: false })?.uid;
    if (uid !== undefined && !isTrustedOwner(uid)) refuseForeign(path, uid, "HOLDFAST_STATE_DIR");
  }
}

/** For readers. Throws RefusalError `foreign_owner` if it exists and belongs to another user. */
export function refuseForeignStateFolder(path: string): void {
  const uid = statSync(path, { throwIfNoEntry: false })?.uid;
  if (uid !== undefined && !isTrustedOwner(uid)) refuseForeign(path, uid, "HOLDFAST_STATE_DIR");
}

/**
 * An ordinary user cannot use what root makes in that user's folder, but can replace it at any time.
 * A folder in which every user may make files (/tmp) does not count as another user's.
 */
function refuseForeignPlace(path: string, variable: Variable): void {
  if (ownUid() !== 0) return;
  let place = path;
  let found = statSync(place, { throwIfNoEntry: false });
  while (found === undefined && dirname(place) !== place) {
    place = dirname(place);
    found = statSync(place, { throwIfNoEntry: false });
  }
  if (found !== undefined && found.uid !== 0 && (found.mode & sticky) === 0)
    refuseForeign(place, found.uid, variable);
}
