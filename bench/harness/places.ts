import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The checkout. */
export const root = join(import.meta.dirname, "../..");

/** What measurements write lies here: on the disk of the checkout, not in memory as /tmp may. */
export const workDir = join(root, "build/bench");

export const resultsDir = join(root, "bench/results");

/** Node 24, as the launcher uses it. */
export const node = join(root, ".toolchain/bin/node");

/** An empty folder. */
export function freshDir(name: string): string {
  const path = join(workDir, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  return path;
}
