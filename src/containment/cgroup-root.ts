import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolders } from "../system/make-folders.ts";

/** A folder in which attempts get groups, and what such a group can do. */
export interface CgroupRoot {
  root: string;
  /** Names of the kernel's files in a group made there. */
  files: ReadonlySet<string>;
}

/** Null, or a message that says what went wrong. */
export function makeRoot(root: string): string | null {
  try {
    makeFolders(root, 0o755);
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return `no group can be made in ${dirname(root)} (${code}); containment.cgroup can name another folder`;
  }
}

/** What the kernel puts into a group made in `root`; empty if none can be made. */
export function filesOfChild(root: string): Set<string> {
  const probe = join(root, "probe");
  try {
    if (!existsSync(probe)) mkdirSync(probe);
    const files = new Set(readdirSync(probe));
    rmdirSync(probe);
    return files;
  } catch {
    return new Set();
  }
}

/** Only an empty group without children can be removed: with attempts in it this does nothing. */
export function removeRoot(root: string): void {
  try {
    rmdirSync(root);
  } catch {
    // In use, or gone.
  }
}
