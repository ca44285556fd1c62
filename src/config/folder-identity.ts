import { readFileSync, statSync } from "node:fs";
import { writeDurably } from "../system/durable-files.ts";

/**
 * Which folder a state folder is, whatever it is called: device and inode, or inode and time of birth
 * where a device got another number. A copy bears the record of its original, so it shows.
 */
export interface FolderIdentity {
  /** Where it was when that was recorded. */
  path: string;
  dev: string;
  ino: string;
  birthNs: string;
}

/** Null: there is none. */
export function identityOf(path: string): FolderIdentity | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return null;
  const { dev, ino, birthtimeNs } = found;
  return { path, dev: String(dev), ino: String(ino), birthNs: String(birthtimeNs) };
}

export function isSameFolder(a: FolderIdentity, b: FolderIdentity): boolean {
  return a.ino === b.ino && (a.dev === b.dev || a.birthNs === b.birthNs);
}

/** Null: none is recorded, as by a version before, or it cannot be read. */
export function recordedIdentity(file: string): FolderIdentity | null {
  try {
    const { path, dev, ino, birthNs } = JSON.parse(readFileSync(file, "utf8")) as FolderIdentity;
    const whole = [path, dev, ino, birthNs].every((part) => typeof part === "string");
    return whole ? { path, dev, ino, birthNs } : null;
  } catch {
    return null;
  }
}

export async function recordIdentity(file: string, identity: FolderIdentity): Promise<void> {
  await writeDurably(file, `${JSON.stringify(identity)}\n`);
}
