import type { GpuWait } from "../../contract/gpus.ts";
import type { GpuHold } from "../../store/gpus.ts";

/** GPUs that processes of ended attempts still use. `GpuHolds` keeps them. */
export interface HeldGpus {
  /** By UUID. */
  readonly all: ReadonlyMap<string, GpuHold>;
  /** Those that an ended job's processes keep from others. */
  ofJob(job: number): GpuWait[];
  begin(holds: readonly GpuHold[]): void;
}
