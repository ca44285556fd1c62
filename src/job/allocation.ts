/**
 * What one attempt holds of the machine, from the commit that says `starting` to the commit that
 * records its proven end. A counted resource is a number; a resource whose pieces have names is a
 * list of names.
 */
export interface Resources {
  /** Of `jobs.max_running`. */
  slots: number;
  /** Whole GPUs. */
  gpuUuids: readonly string[];
}

export interface Allocation {
  attempt: string;
  job: number;
  resources: Resources;
  /**
   * Its record is not what was written. `certain`: what it holds is known from the attempt's own
   * record. `unknown`: it may hold any GPU. Absent: its record is sound.
   */
  damaged?: "certain" | "unknown";
}

/** What a launch takes. */
export function resourcesFor(gpuUuids: readonly string[]): Resources {
  return { slots: 1, gpuUuids: [...gpuUuids] };
}
