import { orphansFrom } from "../compose/orphans.ts";
import type { Config } from "../config/config.ts";
import type { WatchEvent, WatchRequest } from "../contract/orphan-watch.ts";
import { RefusalError } from "../contract/problems.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { Clock } from "../system/clock.ts";
import { CurrentJobs } from "./current-jobs.ts";

export interface WatchProgram {
  config: Config;
  keeperProgram: string;
  clock: Clock;
  gpu: GpuProbe;
  publish: (event: WatchEvent) => void;
  signal: AbortSignal;
}

/**
 * A watch for orphans without a server. It reads current and former jobs from the database. While that
 * cannot be read it ends no process, because it would not know which belong to jobs. Throws RefusalError.
 */
export async function watchAlone(program: WatchProgram, asked: WatchRequest): Promise<void> {
  const { config, clock, gpu, publish, signal, keeperProgram } = program;
  const jobs = new CurrentJobs(config.paths);
  try {
    const found = orphansFrom(config, { clock, keeperProgram, gpu, jobs }).watch(
      asked,
      publish,
      signal,
    );
    if (!found.ok) throw new RefusalError(found.refusal);
    await found.value;
  } finally {
    jobs.close();
  }
}
