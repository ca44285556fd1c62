/** What a job may take of the machine. Null: no limit of its own. */
export interface ResourceLimits {
  /** Memory of all its processes together; the kernel kills at it. */
  memoryMaxBytes: number | null;
  /** From here on the kernel reclaims pages and slows the job down instead of killing. */
  memoryHighBytes: number | null;
  /** Swap space; 0 is none at all. */
  swapMaxBytes: number | null;
  /** CPU time per wall time: 1.5 is one and a half cores. */
  cpuCores: number | null;
  /** Share of the CPU against other groups when it is short; default: 100. */
  cpuWeight: number | null;
  /** Processes and threads at the same time. */
  pidsMax: number | null;
  /** Share of the disk against other groups when it is short; default: 100. */
  ioWeight: number | null;
}

export const unlimited: ResourceLimits = {
  memoryMaxBytes: null,
  memoryHighBytes: null,
  swapMaxBytes: null,
  cpuCores: null,
  cpuWeight: null,
  pidsMax: null,
  ioWeight: null,
};

/** The limits that a group of processes can have, as receipts and the health call them. */
export const limitNames = [
  "memory",
  "memory_high",
  "swap",
  "cpu",
  "cpu_weight",
  "pids",
  "cpus",
  "io_weight",
] as const;
export type LimitName = (typeof limitNames)[number];

/** A requested limit, and how it is enforced. */
export interface AppliedLimit {
  /** A `LimitName`, `nice`, or `rlimit NAME`. */
  what: string;
  /** Bytes, cores, a count or a weight; a list of CPUs or `SOFT:HARD` as text. */
  wanted: number | string;
  /** What enforces it (`memory.max`, `v1 memory.limit_in_bytes`, `polled`, `rlimit`), or `not applied`. */
  how: string;
  /** Why not better; null if there is nothing to add. */
  why: string | null;
}

export const notApplied = "not applied";

/** Whether a specification asks for any limit. If not, none is applied, whatever the machine can do. */
export function asksForLimits({
  limits,
  cpus,
  nice,
  rlimits,
}: {
  limits: ResourceLimits;
  cpus: string | null;
  nice: number | null;
  rlimits: Readonly<Record<string, string>>;
}): boolean {
  if (cpus !== null || nice !== null) return true;
  return Object.values(limits).some((one) => one !== null) || Object.keys(rlimits).length > 0;
}

/** The limits of a specification that a group can have, those that were wanted. */
export function wantedLimits(
  limits: ResourceLimits,
  cpus: string | null,
): { what: LimitName; wanted: number | string }[] {
  const all: Record<LimitName, number | string | null> = {
    memory: limits.memoryMaxBytes,
    memory_high: limits.memoryHighBytes,
    swap: limits.swapMaxBytes,
    cpu: limits.cpuCores,
    cpu_weight: limits.cpuWeight,
    pids: limits.pidsMax,
    cpus,
    io_weight: limits.ioWeight,
  };
  return limitNames.flatMap((what) => {
    const wanted = all[what];
    return wanted === null ? [] : [{ what, wanted }];
  });
}
