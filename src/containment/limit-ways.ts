import type { LimitName, ResourceLimits } from "../job/limits.ts";
import type { VersionOneController } from "./cgroup-v1.ts";

/** One of the kernel's files that can hold a limit. */
export interface Way {
  /** Null: version 2. */
  v1: VersionOneController | null;
  file: string;
  /** What to write; null if this file cannot express it. */
  text: (wanted: number | string, limits: ResourceLimits) => string | null;
  /** Files of the same group that go with it, with what to write. Best effort. */
  also?: readonly [string, string][];
  /** What a person should know about this way. */
  why?: string;
}

const periodUs = 100_000;
const asIs = (wanted: number | string) => String(wanted);
const quota = (cores: number | string) => String(Math.round(Number(cores) * periodUs));
// BFQ knows weights up to 1000; the default is 100 in both.
const bfq = (weight: number | string) => String(Math.min(Number(weight), 1000));
const bfqWhy = "only on disks with the BFQ scheduler, and at most 1000";

/** For each limit the files that can hold it, the best first. */
export const ways: Record<LimitName, readonly Way[]> = {
  memory: [
    // The whole group or no process: half a job that waits for its killed half is useless.
    { v1: null, file: "memory.max", text: asIs, also: [["memory.oom.group", "1"]] },
    {
      v1: "memory",
      file: "memory.limit_in_bytes",
      text: asIs,
      why: "version 1 kills one process at a time, not the job as a whole",
    },
  ],
  memory_high: [{ v1: null, file: "memory.high", text: asIs }],
  swap: [
    { v1: null, file: "memory.swap.max", text: asIs },
    {
      v1: "memory",
      file: "memory.memsw.limit_in_bytes",
      // Version 1 limits the sum, and only above the memory's own limit.
      text: (wanted, { memoryMaxBytes }) =>
        memoryMaxBytes === null ? null : String(memoryMaxBytes + Number(wanted)),
      why: "version 1 limits memory and swap together",
    },
  ],
  cpu: [
    { v1: null, file: "cpu.max", text: (cores) => `${quota(cores)} ${periodUs}` },
    { v1: "cpu", file: "cpu.cfs_quota_us", text: quota },
  ],
  cpu_weight: [
    { v1: null, file: "cpu.weight", text: asIs },
    {
      v1: "cpu",
      file: "cpu.shares",
      // 1024 shares equal weight 100; the kernel accepts no less than 2.
      text: (weight) => String(Math.max(2, Math.round((Number(weight) * 1024) / 100))),
    },
  ],
  pids: [
    { v1: null, file: "pids.max", text: asIs },
    { v1: "pids", file: "pids.max", text: asIs },
  ],
  cpus: [
    { v1: null, file: "cpuset.cpus", text: asIs },
    { v1: "cpuset", file: "cpuset.cpus", text: asIs },
  ],
  io_weight: [
    { v1: null, file: "io.weight", text: (weight) => `default ${weight}` },
    { v1: null, file: "io.bfq.weight", text: bfq, why: bfqWhy },
    { v1: "blkio", file: "blkio.bfq.weight", text: bfq, why: bfqWhy },
  ],
};

/** The name of a way in receipts. */
export function nameOf({ v1, file }: Way): string {
  return v1 === null ? file : `v1 ${file}`;
}

/** What replaces a limit that no group can hold: its name, or null for nothing; and why. */
export const lastResorts: Record<LimitName, { how: string | null; why: string }> = {
  memory: {
    how: "polled",
    why: "sampled once a second: the job can take more for a moment, then it is stopped",
  },
  memory_high: { how: null, why: "needs the memory controller of cgroup v2" },
  swap: { how: null, why: "needs the memory controller; with version 1 also --memory" },
  cpu: { how: null, why: "needs the cpu controller; --cpus keeps it to some CPUs" },
  cpu_weight: { how: null, why: "needs the cpu controller; --nice gives it less" },
  pids: {
    how: null,
    why: "needs the pids controller; --rlimit nproc counts all processes of the user",
  },
  cpus: { how: "affinity", why: "set once: the job may change its affinity" },
  io_weight: { how: null, why: "needs the io controller with io.cost or BFQ" },
};
