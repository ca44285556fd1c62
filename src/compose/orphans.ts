import type { Config } from "../config/config.ts";
import { Signals } from "../containment/signals.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import { makeOrphans, type Orphans } from "../orphans/orphans.ts";
import type { FindAttempt } from "../orphans/scene.ts";
import { databaseRules } from "../orphans/status/database-rules.ts";
import { orphanSettings } from "../orphans/settings.ts";
import { bootId } from "../processes/boot.ts";
import type { Clock } from "../system/clock.ts";

/** What is known of this state folder's jobs, by whatever means a program has. */
export interface KnownJobs {
  findAttempt: FindAttempt;
  /**
   * Living jobs that have adopted, by the identity (`PID:START`) of the adopted process. Null: that is
   * not known now, and a watch reaps nothing.
   */
  adopted: () => ReadonlyMap<string, number> | null;
}

export interface OrphanParts {
  clock: Clock;
  keeperProgram: string;
  /** Null: GPUs are known by open devices only. */
  gpu: GpuProbe | null;
  jobs: KnownJobs;
}

/** The orphans of this machine, as the configuration has them. */
export function orphansFrom(
  { orphans, paths }: Config,
  { clock, keeperProgram, gpu, jobs }: OrphanParts,
): Orphans {
  return makeOrphans({
    clock,
    signals: new Signals(keeperProgram),
    findAttempt: jobs.findAttempt,
    adopted: jobs.adopted,
    bootId: bootId(),
    folder: paths.orphansDir,
    rulesFolder: paths.orphanRulesDir,
    databaseRules: databaseRules(orphans.status, paths.configFile),
    settings: orphanSettings(orphans),
    uid: process.getuid?.() ?? 0,
    gpu,
    policy: {
      // Asked in each round: the records of jobs may become unreadable, or readable again.
      get reap() {
        return new Set(jobs.adopted() === null ? [] : orphans.watch_reap);
      },
      afterMs: orphans.watch_after,
    },
    processorMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
  });
}
