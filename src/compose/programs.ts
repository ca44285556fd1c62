import { existsSync } from "node:fs";
import { join } from "node:path";
import { RefusalError } from "../contract/problems.ts";
import { foreignProc } from "../processes/pid-namespace.ts";

/** Beside the bundled program that runs, unless HOLDFAST_KEEPER names another. */
export function keeperPath(): string {
  return process.env["HOLDFAST_KEEPER"] ?? join(import.meta.dirname, "keeper/holdfast-keeper");
}

/** The bundled command host, beside the server. */
export function commandsProgram(): string {
  return join(import.meta.dirname, "commands.js");
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
