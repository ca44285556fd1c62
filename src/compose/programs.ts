import { existsSync } from "node:fs";
import { RefusalError } from "../contract/problems.ts";
import { foreignProc } from "../processes/pid-namespace.ts";
import { builtKeeper } from "../system/built-program.ts";

/** That of the build that runs, unless HOLDFAST_KEEPER names another. */
export function keeperPath(): string {
  return process.env["HOLDFAST_KEEPER"] ?? builtKeeper;
}

/** Throws RefusalError `keeper_missing`. */
export function keeperProgram(): string {
  const path = keeperPath();
  if (!existsSync(path)) throw new RefusalError({ code: "keeper_missing", details: { path } });
  return path;
}

/** Every pid that is read in another namespace's /proc names another process in a signal. Throws RefusalError `foreign_proc`. */
export function requireOwnProc(): void {
  const what = foreignProc();
  if (what !== null) throw new RefusalError({ code: "foreign_proc", details: { what } });
}
