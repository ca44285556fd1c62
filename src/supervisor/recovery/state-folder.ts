import { abandonedMessage, folderGoneMessage } from "../../contract/abandoned-message.ts";
import { refuse, type Result } from "../../contract/problems.ts";
import type { PlaceOfFile } from "../../system/file-in-place.ts";
import type { Abandoned } from "./abandoned.ts";
import type { Context } from "../context.ts";

/**
 * A server whose state folder was removed or replaced continues with its open database, so that jobs
 * can still be shown and cancelled. Nothing that it records outlives it, so it accepts and launches
 * nothing.
 */
export async function refuseWithoutFolder({
  database,
  config,
}: Pick<Context, "database" | "config">): Promise<Result<never> | null> {
  const place = await database.now();
  const path = config.paths.stateDir;
  return place === "in place" ? null : refuse("state_folder_gone", { path, what: place });
}

export function folderWarnings(
  { config }: Pick<Context, "config">,
  place: PlaceOfFile,
  abandoned: Abandoned,
): string[] {
  const gone = place === "in place" ? [] : [folderGoneMessage(config.paths.stateDir, place)];
  return [...gone, ...abandoned.summary.map(abandonedMessage)];
}
