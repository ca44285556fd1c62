import type { GpuDevice, GpuHolder, GpuSnapshot } from "../gpu/snapshot.ts";
import { formatSize } from "../contract/units.ts";
import type { GpuShare } from "./scene.ts";

/**
 * What a process holds on each GPU, according to the probe. Compares the start time, because the
 * pid may have been reused.
 */
export function sharesOf(
  { pid, start }: { pid: number; start: number },
  snapshot: GpuSnapshot | null,
): GpuShare[] {
  return (snapshot?.devices ?? []).flatMap(({ index, uuid, holders }) => {
    const own = holders.find((one) => one.pid === pid && one.start === start);
    return own === undefined ? [] : [{ index, uuid, bytes: own.usedBytes }];
  });
}

/** Processes that have ended but that the driver still lists on a GPU. */
export function deadHolders({ holders }: GpuDevice): GpuHolder[] {
  return holders.filter(({ alive }) => alive === false);
}

/** Describes what one process holds, according to the probe. */
export function describeGpu(shares: readonly GpuShare[], snapshot: GpuSnapshot | null): string[] {
  return shares.flatMap(({ index, uuid, bytes }) => {
    const device = snapshot?.devices.find((one) => one.uuid === uuid);
    const dead = device === undefined ? [] : deadHolders(device);
    const size = bytes === null ? "amount of memory unknown to the driver" : formatSize(bytes);
    return [
      `it holds GPU ${index} (${size})`,
      ...dead.map(
        ({ pid, usedBytes }) =>
          `the driver still lists process ${pid}, which has ended, on GPU ${index}${usedBytes === null ? "" : ` (${formatSize(usedBytes)})`}: a process that inherited its descriptors keeps this memory in use`,
      ),
    ];
  });
}
