import type { Refusal } from "../contract/problems.ts";
import { isDamage } from "./sqlite-errors.ts";

const full = new Set(["ENOSPC", "EDQUOT"]);
const failed = new Set(["EIO", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE", "ESTALE"]);

/** SQLite's primary result codes. */
const sqliteFull = 13;
const sqliteFailed = new Set([8, 10, 14]); // READONLY, IOERR, CANTOPEN

/** The refusal that an error of the file system or of SQLite amounts to; null: it is something else. */
export function storageRefusal(error: unknown, stateDir: string): Refusal | null {
  const { code, errcode, message } = (error ?? {}) as {
    code?: string;
    errcode?: number;
    message?: string;
  };
  // The upper bits of an extended code say more than is asked here.
  const primary = code === "ERR_SQLITE_ERROR" ? (errcode ?? 0) & 0xff : null;
  if (full.has(code ?? "") || primary === sqliteFull)
    return { code: "storage_full", details: { path: stateDir } };
  if (failed.has(code ?? "") || (primary !== null && sqliteFailed.has(primary)))
    return { code: "storage_failed", details: { what: `${stateDir}: ${message ?? code}` } };
  if (isDamage(error))
    return { code: "store_damaged", details: { path: stateDir, what: message ?? "" } };
  return null;
}
