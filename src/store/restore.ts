import { copyFileSync, existsSync } from "node:fs";
import { backupsIn } from "./backups.ts";
import { Database } from "./database.ts";
import { schemaVersion } from "./migrations.ts";
import { isStorageFull } from "./sqlite-errors.ts";
import { journalEnd, readJournal } from "./journal-reader.ts";
import { replay } from "./replay.ts";
import { removeDatabase, syncPath } from "./sqlite-files.ts";
import type { StorePlaces } from "./standing.ts";

export interface Restored {
  /** The database that was made; not in its place yet. */
  path: string;
  /** The backup that it was made from; null: the journal alone. */
  backup: string | null;
  commits: number;
}

/**
 * Makes a database of the newest backup and the journal that goes on from there. Null where they do
 * not reach the last commit that was acknowledged. What was found is not touched: a log of another
 * time over a database file gives a mixture that SQLite cannot recognise.
 */
export function restore(places: StorePlaces): Restored | null {
  const end = journalEnd(places.journalDir);
  if (end === null) return null;
  const fresh = `${places.database}.restored`;
  const bases = backupsIn(places.backupsDir).map(({ path }): string | null => path);
  if (end.fromEmpty) bases.push(null);
  for (const backup of bases) {
    removeDatabase(fresh);
    const commits = attempt(places, fresh, backup, end.store);
    if (commits !== null && commits >= end.last) {
      assertOneFile(fresh);
      syncPath(fresh);
      return { path: fresh, backup, commits };
    }
  }
  removeDatabase(fresh);
  return null;
}

/** The commits that came of it; null: that backup cannot be used. */
function attempt(
  places: StorePlaces,
  fresh: string,
  backup: string | null,
  store: number | null,
): number | null {
  try {
    if (backup !== null) copyFileSync(backup, fresh);
    // Each commit is replayed at the version of its time.
    const schema = backup === null ? firstSchema(places.journalDir) : 0;
    const database = new Database(fresh, { schema });
    try {
      const { commits } = replay(database, fresh, places.journalDir);
      if (store !== null && database.mark("store-id") !== store) return null;
      database.migrate(fresh);
      return commits;
    } finally {
      database.close();
    }
  } catch (error) {
    // A disk that is full says nothing of the backup.
    if (isStorageFull(error)) {
      removeDatabase(fresh);
      throw error;
    }
    return null;
  }
}

/** SQLite says nothing where the disk does not take the last of its log at the close. */
function assertOneFile(path: string): void {
  if (!existsSync(`${path}-wal`)) return;
  removeDatabase(path);
  throw Object.assign(new Error("no room for the restored database"), { code: "ENOSPC" });
}

function firstSchema(journal: string): number {
  const [first] = readJournal(journal);
  return first?.schema ?? schemaVersion;
}
