import type { GpuDevice, HolderEvidence } from "./snapshot.ts";

/** A process on a driver's own list. */
export interface ListedProcess {
  pid: number;
  usedBytes: number | null;
  how: HolderEvidence;
}

/** A GPU before its listed processes were checked and other holders were searched. */
export interface ReadDevice extends Omit<GpuDevice, "holders"> {
  listed: ListedProcess[];
}

/** The answer of one source. `problem` and no devices: it refused. */
export interface Reading {
  driverVersion: string | null;
  libraryVersion: string | null;
  devices: ReadDevice[];
  problem: { code: number | null; message: string } | null;
}

/** A device of which only the identity is known. */
export function unknownDevice(
  device: Pick<ReadDevice, "uuid" | "index" | "vendor" | "model">,
): ReadDevice {
  return {
    ...device,
    pciAddress: null,
    deviceFiles: [],
    memory: { totalBytes: null, usedBytes: null, reservedBytes: null, freeBytes: null },
    memoryIsShared: null,
    migEnabled: null,
    persistence: null,
    utilisation: { gpuPercent: null, memoryPercent: null },
    temperature: { celsius: null, slowdownMarginCelsius: null, shutdownMarginCelsius: null },
    clocks: { smMHz: null, memoryMHz: null, maxSmMHz: null, maxMemoryMHz: null },
    throttle: {
      bits: null,
      reasons: null,
      counters: { swPowerCapNs: null, swThermalNs: null, hwThermalNs: null, powerBrakeNs: null },
    },
    power: { drawMilliwatts: null, limitMilliwatts: null },
    ecc: { uncorrectedVolatile: null, uncorrectedAggregate: null },
    lastXid: null,
    xidWatched: false,
    processListRead: false,
    refusals: [],
    listed: [],
  };
}
