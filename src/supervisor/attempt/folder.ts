import { join } from "node:path";
import type { Context } from "../context.ts";

/** Where an attempt's records and output are, whatever its engine. */
export function folderOf({ config }: Pick<Context, "config">, attempt: string): string {
  return join(config.paths.attemptsDir, attempt);
}
