import { join, resolve } from "node:path";

// Every program of ours is a file in build/parts, started by build/NAME.cjs (scripts/bundle.ts).
const build = resolve(import.meta.dirname, "..");

export type BuiltProgram =
  | "cli"
  | "server"
  | "reader"
  | "rescue"
  | "gpu-probe"
  | "inspection"
  | "status-database"
  | "commands";

/** Absolute path of the file that starts a program of the build that is running. */
export function builtProgram(name: BuiltProgram): string {
  return join(build, `${name}.cjs`);
}

/** Absolute path of the keeper of the same build. */
export const builtKeeper = join(build, "keeper/holdfast-keeper");

/** Absolute path of the launcher in the clone that has the build. */
export const launcher = join(build, "../holdfast");
