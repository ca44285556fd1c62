import { orphansFrom } from "../compose/orphans.ts";
import { keeperProgram } from "../compose/programs.ts";
import type { GpuSnapshot } from "../gpu/snapshot.ts";
import type { Orphans } from "../orphans/orphans.ts";
import type { FindAttempt } from "../orphans/scene.ts";
import { realClock } from "../system/clock.ts";
import { config, program } from "./serve.ts";

let orphans: Orphans | null = null;

/** The orphans as this thread finds them; store and GPUs are the program's. */
export function orphansHere(): Orphans {
  orphans ??= orphansFrom(config, {
    clock: realClock,
    keeperProgram: keeperProgram(),
    gpu: programsGpus,
    jobs: {
      findAttempt: (attempt) => program.askNow("findAttempt", attempt) as ReturnType<FindAttempt>,
      adopted: () => program.askNow("adopted") as ReadonlyMap<string, number> | null,
    },
  });
  return orphans;
}

/** The program has the only probe. */
export const programsGpus = {
  snapshot: () => program.ask("gpus") as Promise<GpuSnapshot>,
  close: () => undefined,
};
