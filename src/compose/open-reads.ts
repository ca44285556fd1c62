import type { Logger } from "pino";
import type { Paths } from "../config/paths.ts";
import { ownReads } from "../reading/own-reads.ts";
import { WorkerReads } from "../reading/worker-reads.ts";
import type { Store } from "../store/store.ts";
import { builtProgram } from "../system/built-program.ts";
import { buildId } from "../system/build-id.ts";
import type { Clock } from "../system/clock.ts";
import { FileInPlace } from "../system/file-in-place.ts";

export interface OpenReadsOptions {
  paths: Paths;
  store: Store;
  database: FileInPlace;
  clock: Clock;
  log: Logger;
}

/** Pages are read in a thread, whose program is beside the bundled program that runs. */
export function openReads({ paths, store, database, clock, log }: OpenReadsOptions): WorkerReads {
  const { attemptsDir } = paths;
  return new WorkerReads({
    program: new FileInPlace(builtProgram("reader")),
    data: { build: buildId, database: paths.database, identity: database.identity, attemptsDir },
    own: ownReads({ store, attemptsDir, clock }),
    clock,
    log,
  });
}
