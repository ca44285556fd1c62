import { copyFileSync, existsSync } from "node:fs";
import { backupsIn } from "./backups.ts";
import { Database } from "./database.ts";
import { schemaVersion } from "./migrations.ts";
import { isStorageFull } from "./sqlite-errors.ts";
import { journalEnd, readJournal } from "./journal-reader.ts";
import { replay } from "./replay.ts";
import { removeDatabase, syncPath } from "./sqlite-files.ts";
import type { BackupEnd, StorePlaces } from "./standing.ts";

export interface Restored {
  /** The database that was made; not in its place yet. */
  path: string;
  /** The backup that it was made from; null: the journal alone. */
  backup: string | null;
  commits: number;
}

/**
 * Makes a database from the newest backup and the journal that continues it. Null if they do not
 * reach the last acknowledged commit, or all that is in `backup`. What was found is not touched: a
 * log of another time over a database file gives a mixture that SQLite cannot recognize.
 */
export function restore(places: StorePlaces, backup: BackupEnd | null = null): Restored | null {
  const end = journalEnd(places.journalDir);
  if (end === null && backup === null) return null;
  const store = end?.store ?? backup?.store ?? null;
  const last = Math.max(end?.last ?? 0, backup?.commits ?? 0);
  const fresh = `${places.database}.restored`;
  const bases = backupsIn(places.backupsDir).map(({ path }): string | null => path);
  if (end?.fromEmpty === true) bases.push(null);
  for (const base of bases) {
    removeDatabase(fresh);
    const commits = attempt(places, fresh, base, store);
    if (commits !== null && commits >= last) {
      assertOneFile(fresh);
      syncPath(fresh);
      return { path: fresh, backup: base, commits };
    }
  }
  removeDatabase(fresh);
  return null;
}

/** The number of commits it has then; null: that backup cannot be used. */
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
    // A full disk says nothing about the backup.
    if (isStorageFull(error)) {
      removeDatabase(fresh);
      throw error;
    }
    return null;
  }
}

/** SQLite reports no error if the disk does not take the last part of its log at the close. */
function assertOneFile(path: string): void {
  if (!existsSync(`${path}-wal`)) return;
  removeDatabase(path);
  throw Object.assign(new Error("no room for the restored database"), { code: "ENOSPC" });
}

function firstSchema(journal: string): number {
  const [first] = readJournal(journal);
  return first?.schema ?? schemaVersion;
}
