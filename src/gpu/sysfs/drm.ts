import type { GpuVendor } from "../snapshot.ts";
import { type Reading, unknownDevice } from "../reading.ts";
import { listCards } from "./cards.ts";

const vendors: Record<string, GpuVendor> = {
  "0x8086": "intel",
  "0x1002": "amd",
  "0x10de": "nvidia",
};

/** Drivers that something better asks. */
const others = new Set(["amdgpu", "nvidia", "nvidia-drm"]);

/** GPUs of which only the kernel's common account is known: Intel's, nouveau's. Shown, never handed out. */
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
