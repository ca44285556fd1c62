/**
 * One client of a DRM driver, from `/proc/PID/fdinfo/N` of its descriptor. Several descriptors may
 * belong to one client.
 */
export interface DrmClient {
  driver: string;
  /** `0000:03:00.0`; null for a device that is not on a PCI bus. */
  pciAddress: string | null;
  clientId: string;
  /** Bytes in the GPU's own memory. Null: the driver does not account for it. */
  vramBytes: number | null;
}

const units: Record<string, number> = { "": 1, KiB: 1024, MiB: 2 ** 20 };

/** Null if the descriptor is not of a DRM device that reports clients. */
export function parseDrmFdinfo(text: string): DrmClient | null {
  const values = new Map<string, string>();
  for (const [, key, value] of text.matchAll(/^(drm-[\w-]+):\s*(.*)$/gm))
    if (key !== undefined && value !== undefined) values.set(key, value.trim());
  const driver = values.get("drm-driver");
  const clientId = values.get("drm-client-id");
  if (driver === undefined || clientId === undefined) return null;
  return {
    driver,
    pciAddress: values.get("drm-pdev")?.toLowerCase() ?? null,
    clientId,
    vramBytes: vramOf(values),
  };
}

/**
 * The oldest key is specific to amdgpu. `resident` is what is really in GPU memory; `total`
 * includes what was evicted.
 */
function vramOf(values: ReadonlyMap<string, string>): number | null {
  for (const prefix of ["drm-resident-", "drm-memory-", "drm-total-"]) {
    const found = [...values].filter(
      ([key]) => key.startsWith(prefix) && /^(vram|local)\d*$/.test(key.slice(prefix.length)),
    );
    const sizes = found.map(([, value]) => sizeOf(value));
    if (sizes.length > 0 && !sizes.includes(null))
      return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  }
  return null;
}

function sizeOf(text: string): number | null {
  const found = /^(\d+)\s*(KiB|MiB)?$/.exec(text);
  return found === null ? null : Number(found[1]) * (units[found[2] ?? ""] ?? 1);
}
