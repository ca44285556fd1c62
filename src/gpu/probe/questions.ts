import type { HolderScan } from "../holders/scan.ts";
import type { Reading } from "../reading.ts";

/**
 * What the server asks its probe, one line of JSON each way: `{"id":1,"ask":"nvml"}`, answered by
 * `{"id":1,"answer":…}` or `{"id":1,"failed":"words"}`. One question at a time.
 */
export interface Questions {
  /** May hang in the driver, or bring the process down. */
  nvml: { ask: "nvml"; library: string | null };
  amd: { ask: "amd" };
  drm: { ask: "drm" };
  /** Reads /proc, where a process stuck in the kernel can hold up whoever looks at its memory. */
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
