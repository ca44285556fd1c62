import type { GpuVendor } from "../snapshot.ts";
import { type Reading, unknownDevice } from "../reading.ts";
import { listCards } from "./cards.ts";

const vendors: Record<string, GpuVendor> = {
  "0x8086": "intel",
  "0x1002": "amd",
  "0x10de": "nvidia",
};

/** Drivers that have a better source. */
const others = new Set(["amdgpu", "nvidia", "nvidia-drm"]);

/**
 * GPUs that only the kernel's generic accounting covers: Intel's, nouveau's. Shown, but never
 * assigned.
 */
export function readDrm(sys = "/sys"): Reading {
  const devices = listCards(sys)
    .filter(({ driver }) => !others.has(driver))
    .map(({ driver, pciAddress, deviceFiles, vendorId, renderNode }, index) => {
      const device = unknownDevice({
        uuid: `pci-${pciAddress ?? renderNode}`,
        index,
        vendor: vendors[vendorId ?? ""] ?? "other",
        model: `a GPU of the driver ${driver}`,
      });
      device.pciAddress = pciAddress;
      device.deviceFiles = deviceFiles;
      return device;
    });
  return { driverVersion: null, libraryVersion: null, devices, problem: null };
}
