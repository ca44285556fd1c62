import { RefusalError } from "../contract/problems.ts";

// SQLITE_CORRUPT, SQLITE_NOTADB
const damageCodes = new Set([11, 26]);
/** SQLITE_ERROR, SQLITE_CONSTRAINT: rebuilding the indexes shows that rows contradict each other. */
const openingCodes = new Set([1, 19]);

/** Whether SQLite says that what it read is not part of a sound database. */
export function isDamage(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && damageCodes.has(errcode & 0xff);
}

/** While it is opened, SQL that does not fit the database is the database's fault as well. */
export function asDamage(error: unknown, path: string): unknown {
  const { errcode, message } = error as { errcode?: number; message?: string };
  if (!isDamage(error) && (errcode === undefined || !openingCodes.has(errcode & 0xff)))
    return error;
  return new RefusalError(
    { code: "store_damaged", details: { path, what: message ?? "" } },
    { cause: error },
  );
}

// READONLY, IOERR, CANTOPEN
const failureCodes = new Set([8, 10, 14]);

/** Whether an error says that the disk takes no writes, for lack of space or for another reason. */
export function isStorageFailure(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: number; code?: string };
  return (
    isStorageFull(error) ||
    (errcode !== undefined && failureCodes.has(errcode & 0xff)) ||
    code === "EIO" ||
    code === "EROFS"
  );
}

/** Whether an error says that there is no room: SQLite's own code or the system's. */
export function isStorageFull(error: unknown): boolean {
  const { errcode, code } = error as { errcode?: number; code?: string };
  return (
    (errcode !== undefined && (errcode & 0xff) === 13) || code === "ENOSPC" || code === "EDQUOT"
  );
}
