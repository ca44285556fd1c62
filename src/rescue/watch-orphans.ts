import { existsSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { Signals } from "../containment/signals.ts";
import type { WatchEvent, WatchRequest } from "../contract/orphan-watch.ts";
import { RefusalError } from "../contract/problems.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import { databaseRules } from "../orphans/status/database-rules.ts";
import { makeOrphans } from "../orphans/orphans.ts";
import { bootId } from "../processes/boot.ts";
import { Peek } from "../store/peek.ts";
import type { Clock } from "../system/clock.ts";

export interface WatchProgram {
  config: Config;
  keeperProgram: string;
  clock: Clock;
  gpu: GpuProbe;
  tell: (event: WatchEvent) => void;
  signal: AbortSignal;
}

/**
 * A watch for orphans without a server. What jobs there are and were it reads in the database. Where
 * that cannot be read it ends nobody: what is a job's would not be known. Throws RefusalError.
 */
export async function watchAlone(program: WatchProgram, asked: WatchRequest): Promise<void> {
  const { config, clock, gpu, tell, signal, keeperProgram } = program;
  const { orphans, paths } = config;
  const peek = new Peek(paths.database);
  try {
    const blind = existsSync(paths.database) && peek.adopted() === null;
    const found = makeOrphans({
      clock,
      signals: new Signals(keeperProgram),
      findAttempt: (id) => peek.attempt(id),
      bootId: bootId(),
      folder: paths.orphansDir,
      rulesFolder: paths.orphanRulesDir,
      databaseRules: databaseRules(orphans.status, paths.configFile),
      settings: {
        minAgeMs: orphans.min_age,
        cpuPercent: orphans.cpu_percent,
        parentGoneMs: orphans.parent_gone,
        windowMs: orphans.window,
        allow: new Set(orphans.allow),
      },
      uid: process.getuid?.() ?? 0,
      gpu,
      adopted: () => peek.adopted() ?? new Map(),
      policy: { reap: new Set(blind ? [] : orphans.watch_reap), afterMs: orphans.watch_after },
      processorMs: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1000;
      },
    }).watch(asked, tell, signal);
    if (!found.ok) throw new RefusalError(found.refusal);
    await found.value;
  } finally {
    peek.close();
  }
}
