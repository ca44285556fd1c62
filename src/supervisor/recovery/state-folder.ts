import { abandonedMessage, folderGoneMessage } from "../../contract/abandoned-message.ts";
import { refuse, type Result } from "../../contract/problems.ts";
import type { Abandoned } from "./abandoned.ts";
import type { Context } from "../context.ts";

/**
 * A server whose state folder was removed or replaced continues with its open database, so that jobs
 * can still be shown and cancelled. Nothing that it records outlives it, so it accepts and launches
 * nothing.
 */
export function refuseWithoutFolder({
  database,
  config,
}: Pick<Context, "database" | "config">): Result<never> | null {
  const place = database.state();
  const path = config.paths.stateDir;
  return place === "in place" ? null : refuse("state_folder_gone", { path, what: place });
}

export function folderWarnings(
  { database, config }: Pick<Context, "database" | "config">,
  abandoned: Abandoned,
): string[] {
  const place = database.state();
  const gone = place === "in place" ? [] : [folderGoneMessage(config.paths.stateDir, place)];
  return [...gone, ...abandoned.summary.map(abandonedMessage)];
}
