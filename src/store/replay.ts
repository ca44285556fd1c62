import type { Database } from "./database.ts";
import { readJournal } from "./journal-reader.ts";

export interface Replayed {
  /** The database's last commit afterwards. */
  commits: number;
  /** Why it went no further than that; null: the journal ends there. */
  stopped: string | null;
}

/**
 * Commits again what the journal knows and the database does not. The statements that once made
 * one state of the store out of another do so again, so nothing is guessed. It goes only as far as
 * no commit is missing.
 */
export function replay(database: Database, path: string, journal: string): Replayed {
  let { commits, schema: version } = database;
  for (const { number, schema, statements } of readJournal(journal)) {
    if (number <= commits) continue;
    if (number !== commits + 1)
      return { commits, stopped: `commits ${commits + 1} to ${number - 1} are missing` };
    try {
      if (schema > version) {
        database.migrate(path, schema);
        version = schema;
      }
      // Light: the whole is flushed at the end.
      database.lightTransaction(() => {
        for (const [sql, ...values] of statements) database.run(sql, ...values);
      });
    } catch (error) {
      return { commits, stopped: `commit ${number}: ${(error as Error).message}` };
    }
    commits = database.commits;
  }
  return { commits, stopped: null };
}
