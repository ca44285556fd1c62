import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * One server per state folder. The lock is SQLite's own (fcntl) lock on a file of
 * its own: the kernel drops it when its holder dies, however it dies, so that it
 * can be neither stale nor forgotten.
 */
export class ServerLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Null: another process holds it. Throws what the file system says. */
  static take(path: string): ServerLock | null {
    const db = new DatabaseSync(path, { timeout: 0 });
    try {
      chmodSync(path, 0o600);
      db.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
      return new ServerLock(db);
    } catch (error) {
      db.close();
      // SQLITE_BUSY
      if (((error as { errcode?: number }).errcode ?? 0) === 5) return null;
      throw error;
    }
  }

  release(): void {
    this.#db.close();
  }
}
