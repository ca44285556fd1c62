import { chmodSync } from "node:fs";
import type { Logger } from "pino";
import type { Paths } from "../config/paths.ts";
import { takeFolderOver } from "../recovery/copied-folder.ts";
import { makeWhole } from "../store/make-whole.ts";
import { Store } from "../store/store.ts";
import { realClock } from "../system/clock.ts";
import { announce } from "./announce.ts";

/** Contradictions between store, journal and folders, and how each was resolved: for people. Throws RefusalError. */
export async function openStore(
  paths: Paths,
  log: Logger,
): Promise<{ store: Store; contradictions: string[] }> {
  announce.phase("checking the store");
  const contradictions = [
    ...(await takeFolderOver(paths)),
    ...(await makeWhole(paths, realClock.nowMs())),
  ];
  for (const text of contradictions) log.warn({ state: paths.stateDir }, text);
  announce.phase("opening the store");
  const store = new Store({
    path: paths.database,
    journalDir: paths.journalDir,
    reserveFile: paths.reserveFile,
    backupsDir: paths.backupsDir,
    soon: (callback) => realClock.soon(callback),
  });
  chmodSync(paths.database, 0o600);
  return { store, contradictions };
}
