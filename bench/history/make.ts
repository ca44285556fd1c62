import { mkdirSync } from "node:fs";
import type { Paths } from "../../src/config/paths.ts";
import { isSecret } from "../../src/job/secrets.ts";
import { makeBackup } from "../../src/store/backups.ts";
import { Store } from "../../src/store/store.ts";
import type { MadeAttempt } from "./attempt.ts";
import { writeAttemptFolder } from "./folder.ts";
import { writeEndedJob, writeWaitingJob } from "./job.ts";

export interface Wanted {
  /** Ended jobs. */
  ended: number;
  /** Jobs in the queue. */
  waiting: number;
  /** How many of the newest attempts have a folder. */
  folders: number;
}

const atOnce = 500;
const everyMs = 2000;

/**
 * Fills a new state folder through the store's own code: checksums, documents and events are what a
 * server writes, and a backup with the journal that continues it makes the store whole. The journal
 * does not have each commit: a server removes what its backups have.
 */
export async function makeHistory(
  paths: Paths,
  { ended, waiting, folders }: Wanted,
  say: (text: string) => void,
): Promise<void> {
  mkdirSync(paths.attemptsDir, { recursive: true, mode: 0o700 });
  const nowMs = Date.now();
  const beganMs = performance.now();
  const store = open(paths, false);
  store.jobs.isSecret = (name, value) => isSecret(name, value, []);
  // As a server does once: no job of this store has kept its secrets.
  store.commitNow("secrets", () => store.marks.set("secrets-removed", 1));
  for (const batch of batches(ended)) {
    const made: MadeAttempt[] = [];
    store.commitNow("end", () => {
      for (const index of batch)
        made.push(...writeEndedJob(store, index, nowMs - 600_000 - (ended - index) * everyMs));
    });
    const done = (batch.at(-1) ?? 0) + 1;
    if (ended - done < folders)
      for (const attempt of made) writeAttemptFolder(paths.attemptsDir, attempt);
    if (done % 50_000 === 0)
      say(`${done} jobs after ${Math.round((performance.now() - beganMs) / 1000)} s`);
  }
  for (const batch of batches(waiting))
    store.commitNow("submit", () => {
      for (const index of batch) writeWaitingJob(store, index, nowMs - 300_000);
    });
  store.close();
  await close(paths);
  say(`${ended + waiting} jobs in ${Math.round((performance.now() - beganMs) / 1000)} s`);
}

function* batches(count: number): Generator<number[]> {
  for (let from = 0; from < count; from += atOnce)
    yield Array.from({ length: Math.min(atOnce, count - from) }, (_, place) => from + place);
}

function open(paths: Paths, isWhole: boolean): Store {
  return new Store({
    path: paths.database,
    soon: (callback) => void setImmediate(callback),
    ...(isWhole ? { journalDir: paths.journalDir, backupsDir: paths.backupsDir } : {}),
  });
}

/** A journal from here on, and the backup that it continues. */
async function close(paths: Paths): Promise<void> {
  const store = open(paths, true);
  await makeBackup(paths.database, paths.backupsDir);
  store.close();
}
