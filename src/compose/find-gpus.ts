import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { GpuInventory } from "../gpu/inventory.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import { realClock } from "../system/clock.ts";
import { announce } from "./announce.ts";
import { gpuProbeFrom } from "./gpu-probe.ts";

export interface FoundGpus {
  probe: GpuProbe;
  /** Grows when a driver answers late. */
  uuids: readonly string[];
  /** Calls back each time that GPUs are found from now on. */
  whenFound(callback: () => void): void;
}

/** Asks the drivers. A driver that does not answer in time is asked again later. */
export async function findGpus(config: Config, log: Logger): Promise<FoundGpus> {
  const probe = gpuProbeFrom(config, realClock);
  let onFound = () => undefined as void;
  const inventory = new GpuInventory(probe, realClock, (found) => {
    log.info({ gpus: found.devices.length, probe: found.probe }, "GPUs");
    onFound();
  });
  announce.phase("looking for GPUs");
  await inventory.open();
  return {
    probe,
    uuids: inventory.uuids,
    whenFound: (callback) => {
      onFound = callback;
    },
  };
}
