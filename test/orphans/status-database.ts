import { readFileSync } from "node:fs";
import { join } from "node:path";
import { statusDatabase, type StatusDatabase } from "../../src/contract/status-database.ts";
import { askDatabase, type DatabaseAnswer } from "../../src/orphans/status/ask-database.ts";

/** Built by `npm run build`. */
export const program = join(import.meta.dirname, "../../build/status-database.cjs");

export function database(place: object): StatusDatabase {
  const defaults = { table: "jobs", ended: ["finished"], environment: "FARM_JOB" };
  return statusDatabase.parse({ ...defaults, ...place });
}

export async function ask(
  place: object,
  ids: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<DatabaseAnswer & { found: Record<string, string> }> {
  const answer = await askDatabase(database(place), ids, { program, env });
  return { ...answer, found: Object.fromEntries(answer.statuses) };
}

/** The TOML blocks below a heading of the guide, as a user would copy them. */
export function guideBlocks(heading: string): string[] {
  const page = readFileSync(join(import.meta.dirname, "../../docs/guides/orphans.md"), "utf8");
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/```toml[^\n]*\n(.*?)```/gs)].map(([, text = ""]) => text);
}
