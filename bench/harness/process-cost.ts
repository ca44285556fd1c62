import { readFileSync, readdirSync } from "node:fs";

/** Memory of a process, MiB. Proportional: pages that several share count in parts. */
export interface Memory {
  residentMiB: number;
  proportionalMiB: number;
}

export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const inMiB = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) / 1024;
  return { residentMiB: inMiB("Rss"), proportionalMiB: inMiB("Pss") };
}

/** Processor time of all threads so far, ms. By the scheduler, to the nanosecond: clock ticks are 10 ms. */
export function processorMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return ns.reduce((sum, n) => sum + n, 0) / 1e6;
}
