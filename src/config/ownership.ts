import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { RefusalError } from "../contract/problems.ts";

export function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Of this user, or of root, which can do everything that this user can. */
export function isTrustedOwner(uid: number): boolean {
  return uid === ownUid() || uid === 0;
}

/** Whether it exists and belongs to this user. */
export function isOwnFolder(path: string): boolean {
  try {
    const found = statSync(path);
    return found.isDirectory() && found.uid === ownUid();
  } catch {
    return false;
  }
}

export function refuseForeign(path: string, owner: number, variable: string): never {
  throw new RefusalError({ code: "foreign_owner", details: { path, owner, variable } });
}

/** The first folder on the way to `path` that another user has closed to this one. Null without one. */
export function closedFolder(path: string): { path: string; uid: number } | null {
  const above = dirname(path);
  const outer = above === path ? null : closedFolder(above);
  if (outer !== null) return outer;
  const uid = statSync(path, { throwIfNoEntry: false })?.uid;
  if (uid === undefined || uid === ownUid()) return null;
  try {
    accessSync(path, constants.X_OK);
    return null;
  } catch {
    return { path, uid };
  }
}
