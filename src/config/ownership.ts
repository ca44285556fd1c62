import { RefusalError } from "../contract/problems.ts";

export function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Of this user, or of root, which can do everything that this user can. */
export function isTrustedOwner(uid: number): boolean {
  return uid === ownUid() || uid === 0;
}

export function refuseForeign(path: string, owner: number, variable: string): never {
  throw new RefusalError({ code: "foreign_owner", details: { path, owner, variable } });
}
