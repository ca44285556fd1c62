import { existsSync } from "node:fs";
import { orphansFrom } from "../compose/orphans.ts";
import type { Config } from "../config/config.ts";
import type { WatchEvent, WatchRequest } from "../contract/orphan-watch.ts";
import { RefusalError } from "../contract/problems.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
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
 * A watch for orphans without a server. It reads current and former jobs from the database. If that
 * cannot be read it ends no process, because it would not know which belong to jobs. Throws RefusalError.
 */
export async function watchAlone(program: WatchProgram, asked: WatchRequest): Promise<void> {
  const { config, clock, gpu, tell, signal, keeperProgram } = program;
  const { paths } = config;
  const peek = new Peek(paths.database);
  try {
    const found = orphansFrom(config, {
      clock,
      keeperProgram,
      gpu,
      jobs: {
        findAttempt: (id) => peek.attempt(id),
        adopted: () => peek.adopted() ?? new Map(),
        areComplete: !existsSync(paths.database) || peek.adopted() !== null,
      },
    }).watch(asked, tell, signal);
    if (!found.ok) throw new RefusalError(found.refusal);
    await found.value;
  } finally {
    peek.close();
  }
}
