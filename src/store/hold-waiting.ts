import type { Database } from "./database.ts";

const fromBackup =
  "restored from a backup; whether it has run since is not known: holdfast release starts it";

/** Holds jobs that would run a second time: all that wait, except those in `known` (a list in JSON). */
export function holdWaiting(into: Database, { message = fromBackup, known = "[]" } = {}): void {
  into.run(
    `UPDATE jobs SET state = 'held', message = ?
       WHERE state = 'queued' AND id NOT IN (SELECT value FROM json_each(?))`,
    message,
    known,
  );
}
