import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { busyMs } from "./opening.ts";
import { isStorageFailure } from "./sqlite-errors.ts";

// Until its checkpoint the log holds the only copy of its commits, so it is kept short.
const longestBytes = 1024 * 1024;

/** The write-ahead log of a database, over its writing connection. */
export class WriteAheadLog {
  readonly #db: DatabaseSync;
  readonly #path: string;
  /** Of the log's length: a reader may keep a checkpoint from emptying it. */
  #nextCheckpointBytes = longestBytes;

  constructor(db: DatabaseSync, database: string) {
    this.#db = db;
    this.#path = `${database}-wal`;
  }

  /**
   * SQLite's own checkpoint leaves the log as it is until it is written from its start again. If a
   * page of that log is damaged later, the older pages before it replace newer ones of the file.
   */
  shorten(): void {
    const bytes = lengthOf(this.#path);
    if (bytes < this.#nextCheckpointBytes) return;
    let isEmptied = false;
    try {
      isEmptied = this.checkpoint();
    } catch {
      // The commit is on the disk. Whatever keeps the log from being emptied is met again.
    }
    this.#nextCheckpointBytes = longestBytes + (isEmptied ? 0 : bytes);
  }

  /**
   * Checkpoints the log into the database file. False if a reader needs it at this moment, which is
   * not waited for, or if the disk is full.
   */
  checkpoint(): boolean {
    this.#db.exec("PRAGMA busy_timeout = 0");
    try {
      return this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
    } catch (error) {
      if (isStorageFailure(error)) return false;
      throw error;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${busyMs}`);
    }
  }
}

/** 0: there is none. */
const lengthOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
