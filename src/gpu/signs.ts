import { existsSync, readdirSync } from "node:fs";

/** Signs that a driver should be queried. */
export interface GpuSigns {
  /** `/dev/nvidia0`, `/dev/nvidiactl`; under WSL `/dev/dxg`. */
  nvidia: boolean;
  amd: boolean;
  /** A render node. A `card` alone may be the display of a server's console. */
  drm: boolean;
  apple: boolean;
}

/**
 * Whether this machine has a GPU, by names of device files. Without a sign the probe's process (40
 * MB of memory) is never started.
 */
export function readSigns(dev = "/dev", platform: NodeJS.Platform = process.platform): GpuSigns {
  const names = namesIn(dev);
  return {
    nvidia: names.some((name) => /^nvidia(\d+|ctl)$/.test(name)) || names.includes("dxg"),
    amd: names.includes("kfd"),
    drm:
      existsSync(`${dev}/dri`) && namesIn(`${dev}/dri`).some((name) => name.startsWith("renderD")),
    apple: platform === "darwin",
  };
}

export function anySign({ nvidia, amd, drm, apple }: GpuSigns): boolean {
  return nvidia || amd || drm || apple;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
