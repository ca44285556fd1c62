import { join } from "node:path";
import { loadConfig } from "../../config/config.ts";
import type { Engine } from "../../engines/engine.ts";
import { Engines } from "../../engines/engines.ts";
import type { FakeEngine } from "../../engines/testing/fake-engine.ts";
import { Store } from "../../store/store.ts";
import type { FakeClock } from "../../system/fake-clock.ts";
import { supervise, type RunningSupervisor } from "../supervise.ts";
import { ordinaryParts } from "./ordinary-parts.ts";

export interface SupervisedFile {
  /** Of the state folder, which is also that of the attempts. */
  folder: string;
  engine: FakeEngine;
  /** Engines in addition to this machine. */
  others?: readonly Engine[];
  clock: FakeClock;
  gpuUuids?: string[];
  onError?: (details: object) => void;
  /** Of the database. */
  name?: string;
}

/** For tests of what becomes of a real database: a supervisor over the file, and a machine that is none. */
export function superviseFile({
  folder,
  engine,
  others = [],
  clock,
  gpuUuids = ["GPU-1"],
  onError = () => undefined,
  name = "holdfast.db",
}: SupervisedFile): { store: Store; supervisor: RunningSupervisor } {
  const store = new Store({
    path: join(folder, name),
    soon: (callback) => clock.soon(callback),
  });
  const config = loadConfig({ HOLDFAST_STATE_DIR: folder });
  const supervisor = supervise({
    ...ordinaryParts(),
    store,
    engines: new Engines(clock, engine, others),
    clock,
    config: { ...config, paths: { ...config.paths, attemptsDir: folder } },
    gpuUuids,
    log: { info() {}, warn() {}, error: onError },
  });
  return { store, supervisor };
}
