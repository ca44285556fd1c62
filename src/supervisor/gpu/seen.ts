import { holderKey, isOwn, type Owner } from "../../gpu/ownership.ts";
import type { GpuSnapshot } from "../../gpu/snapshot.ts";

/** What was seen of an attempt's GPUs while it ran. Stored as JSON. */
export interface GpuSeen {
  /** Identities (`pid:start`) of its own processes: they identify a process that drops its cookie later. */
  own: string[];
  /** By UUID. */
  peakBytes: Record<string, number>;
  ownPeakBytes: Record<string, number>;
}

export const nothingSeen: GpuSeen = { own: [], peakBytes: {}, ownPeakBytes: {} };

// An attempt that starts a process a second has its GPUs used by a few of them.
const mostOwn = 1024;

/** With one more sample; the same object if that has nothing new. */
export function withSample(
  before: GpuSeen,
  owner: Owner,
  uuids: readonly string[],
  snapshot: GpuSnapshot,
): GpuSeen {
  const own = new Set(before.own);
  const peakBytes = { ...before.peakBytes };
  const ownPeakBytes = { ...before.ownPeakBytes };
  for (const device of snapshot.devices) {
    if (!uuids.includes(device.uuid)) continue;
    raise(peakBytes, device.uuid, device.memory.usedBytes);
    const mine = device.holders.filter((holder) => isOwn(holder, owner));
    for (const holder of mine)
      if (holder.start !== null && own.size < mostOwn) own.add(holderKey(holder));
    const figures = mine.map(({ usedBytes }) => usedBytes);
    // One without a figure: the sum would be too small.
    if (figures.length > 0 && !figures.includes(null))
      raise(ownPeakBytes, device.uuid, sum(figures));
  }
  for (const holder of snapshot.unplacedHolders)
    if (isOwn(holder, owner) && own.size < mostOwn) own.add(holderKey(holder));
  const after: GpuSeen = { own: [...own], peakBytes, ownPeakBytes };
  return JSON.stringify(after) === JSON.stringify(before) ? before : after;
}

function raise(peaks: Record<string, number>, uuid: string, value: number | null): void {
  if (value !== null) peaks[uuid] = Math.max(peaks[uuid] ?? 0, value);
}

function sum(figures: readonly (number | null)[]): number {
  return figures.reduce<number>((total, one) => total + (one ?? 0), 0);
}
