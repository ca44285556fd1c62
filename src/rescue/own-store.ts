import type { Config } from "../config/config.ts";
import { Store } from "../store/store.ts";
import type { Clock } from "../system/clock.ts";

/** The store as a server opens it: what is written to it is in the journal as well. */
export function openStore({ paths }: Pick<Config, "paths">, clock: Pick<Clock, "soon">): Store {
  return new Store({
    path: paths.database,
    journalDir: paths.journalDir,
    backupsDir: paths.backupsDir,
    soon: (callback) => clock.soon(callback),
  });
}
