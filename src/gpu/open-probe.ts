import { builtProgram } from "../system/built-program.ts";
import type { Clock } from "../system/clock.ts";
import { MachineGpuProbe } from "./machine-probe.ts";
import { startProbe } from "./probe/child.ts";
import { ProbeGuard } from "./probe/guard.ts";
import { readSigns } from "./signs.ts";
import type { GpuProbe } from "./snapshot.ts";
import { runWatched } from "./watched-run.ts";

/**
 * Without persistence mode the driver takes up to 3 s to wake each GPU, and machines have eight.
 */
const firstAnswerFactor = 4;
/** Short, to free the probe's memory soon; long enough for a release check and a repetition. */
const idleMs = 60_000;

export interface ProbeSettings {
  /**
   * Path of the driver's library, if the loader does not find it. A path also counts as a sign of a
   * GPU.
   */
  library: string | null;
  /** Time limit for an answer. */
  timeoutMs: number;
  /** The probe's program. Default: that of this build. */
  program?: string;
}

/**
 * The machine's own probe. Starts its process at the first query, and never without a sign of a
 * GPU.
 */
export function openGpuProbe(
  clock: Clock,
  { library, timeoutMs, program = builtProgram("gpu-probe") }: ProbeSettings,
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
