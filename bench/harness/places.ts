import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The checkout. */
export const root = join(import.meta.dirname, "../..");

/** What measurements write lies here: on the disk of the checkout, not in memory as /tmp may. */
export const workDir = join(root, "build/bench");

export const resultsDir = join(root, "bench/results");

/** Node 24, as the launcher uses it. */
export const node = join(root, ".toolchain/bin/node");

/**
 * What one run writes. It is removed when the run is over and not before: ext4 passes over the inodes
 * of files that were deleted in the last minutes one by one, which made a thousand new jobs take
 * twice as long.
 */
const runDir = join(workDir, `run-${process.pid}`);
let made = 0;

/** A new folder. */
export function freshDir(name: string): string {
  made += 1;
  const path = join(runDir, `${made}-${name}`);
  mkdirSync(path, { recursive: true });
  return path;
}

export function removeFreshDirs(): void {
  rmSync(runDir, { recursive: true, force: true });
}
