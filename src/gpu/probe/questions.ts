import type { HolderScan } from "../holders/scan.ts";
import type { Reading } from "../reading.ts";

/**
 * The server's queries to its probe, as one line of JSON each way: `{"id":1,"ask":"nvml"}`,
 * answered by `{"id":1,"answer":…}` or `{"id":1,"failed":"message"}`. One query at a time.
 */
export interface Questions {
  /** May hang in the driver, or crash the process. */
  nvml: { ask: "nvml"; library: string | null };
  amd: { ask: "amd" };
  drm: { ask: "drm" };
  /** Reads /proc, where reading the memory of a process stuck in the kernel can block. */
  holders: { ask: "holders"; pids: readonly number[] };
}

export interface Answers {
  nvml: Reading;
  amd: Reading;
  drm: Reading;
  holders: HolderScan;
}

export type Question = Questions[keyof Questions];

export type Line = { id: number } & ({ answer: unknown } | { failed: string });
