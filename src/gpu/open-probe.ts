import { join } from "node:path";
import type { Clock } from "../system/clock.ts";
import { MachineGpuProbe } from "./machine-probe.ts";
import { startProbe } from "./probe/child.ts";
import { ProbeGuard } from "./probe/guard.ts";
import { readSigns } from "./signs.ts";
import type { GpuProbe } from "./snapshot.ts";
import { runWatched } from "./watched-run.ts";

/** With persistence off the driver takes up to 3 s a GPU to wake, and machines have eight. */
const firstAnswerFactor = 4;
/** Short enough that nobody wonders about the memory, long enough for a release check and a look again. */
const idleMs = 60_000;

export interface ProbeSettings {
  /** Where the driver's library is, if not where the loader looks. Set, it is also a sign of a GPU. */
  library: string | null;
  /** For an answer. */
  timeoutMs: number;
  /** The probe's own program; beside this one if it is not said. */
  program?: string;
}

/** The machine's own probe. Starts nothing before it is asked, and nothing at all without a sign of a GPU. */
export function openGpuProbe(
  clock: Clock,
  { library, timeoutMs, program = join(import.meta.dirname, "gpu-probe.js") }: ProbeSettings,
): GpuProbe {
  const guard = new ProbeGuard(() => startProbe(program), clock, {
    answerMs: timeoutMs,
    firstAnswerMs: timeoutMs * firstAnswerFactor,
    idleMs,
  });
  return new MachineGpuProbe({
    clock,
    guard,
    signs: () => {
      const signs = readSigns();
      return { ...signs, nvidia: signs.nvidia || library !== null };
    },
    library,
    run: (name, args) => runWatched(clock, name, args, timeoutMs * firstAnswerFactor),
  });
}
