import type { Health } from "../../contract/server.ts";
import { liveStates, type State } from "../../job/states.ts";
import type { Context } from "../context.ts";
import type { Retention } from "../history/retention.ts";
import type { Upkeep } from "../history/upkeep.ts";
import type { Abandoned } from "../recovery/abandoned.ts";
import { otherNamespaceWarnings } from "../recovery/other-namespace.ts";
import type { RecoveryAtStart } from "../recovery/recovery-at-start.ts";
import { folderWarnings } from "../recovery/state-folder.ts";
import { unknownEngineWarnings } from "../recovery/unknown-engine.ts";
import { allocationWarnings, DamagedPages, damageWarning } from "./damage.ts";

export interface HealthParts extends Pick<
  Context,
  | "store"
  | "engines"
  | "config"
  | "followers"
  | "namespace"
  | "database"
  | "allocations"
  | "dispatcher"
  | "gpuUuids"
> {
  recovery: RecoveryAtStart;
  abandoned: Abandoned;
  upkeep: Upkeep;
  retention: Retention;
  version: string;
  startedAtMs: number;
  /** Of the server's start. */
  warnings: readonly string[];
  isClosing: () => boolean;
}

export async function healthOf(parts: HealthParts): Promise<Health> {
  const { store, config, recovery, abandoned, allocations } = parts;
  const { containment } = parts.engines.local.machine;
  const stateFolder = await parts.database.now();
  const pages = new DamagedPages();
  const counts = pages.reading(() => store.liveJobs(), new Map<State, number>());
  const held = pages.reading(() => allocationWarnings(allocations.inUse()), []);
  return {
    status: parts.isClosing() ? "shutting_down" : recovery.isFinished ? "ok" : "recovering",
    pid: process.pid,
    pidNamespace: parts.namespace?.inode ?? null,
    version: parts.version,
    startedAtMs: parts.startedAtMs,
    stateDir: config.paths.stateDir,
    runtimeDir: config.paths.runtimeDir,
    logFile: config.paths.serverLog,
    tier: containment.tier,
    tierWhy: containment.tierWhy,
    limits: containment.limits,
    gpus: parts.gpuUuids.length,
    jobs: Object.fromEntries(liveStates.map((state) => [state, counts.get(state) ?? 0])),
    recovery: { ...recovery.progress },
    stateFolder,
    warnings: [
      // First: everything else is about a folder that cannot be found any more.
      ...folderWarnings(parts, stateFolder, abandoned),
      ...parts.warnings,
      ...(await parts.upkeep.warnings()),
      ...parts.retention.warnings,
      ...(await otherNamespaceWarnings(parts)),
      ...unknownEngineWarnings(parts),
      ...store.notes,
      ...damageWarning(store.damage),
      ...held,
      ...parts.dispatcher.warnings,
      ...pages.warning,
    ],
    abandoned: abandoned.summary,
    abandonedSearched: abandoned.isSearched,
  };
}
