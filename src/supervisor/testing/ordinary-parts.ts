import { FakeGpuProbe } from "../../gpu/fake-probe.ts";
import { realIds } from "../../system/ids.ts";
import type { SupervisorOptions } from "../supervise.ts";

/** What a supervisor needs beside store, engines, clock and settings, where a test is not about it. */
export function ordinaryParts(): Omit<SupervisorOptions, "store" | "engines" | "clock" | "config"> {
  return {
    ids: realIds,
    bootId: "boot-1",
    namespace: null,
    database: { state: () => "in place", now: async () => "in place" },
    findAbandoned: async () => [],
    gpuUuids: [],
    gpuProbe: new FakeGpuProbe(),
    log: { info() {}, warn() {}, error() {} },
    version: "0.0.0",
    warnings: [],
  };
}
