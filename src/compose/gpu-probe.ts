import type { Config } from "../config/config.ts";
import { openGpuProbe } from "../gpu/open-probe.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { Clock } from "../system/clock.ts";

export function gpuProbeFrom({ gpus }: Config, clock: Clock): GpuProbe {
  return openGpuProbe(clock, {
    library: gpus.library === "" ? null : gpus.library,
    timeoutMs: gpus.probe_timeout,
  });
}
