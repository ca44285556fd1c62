import type { GpuDevice, GpuHolder, GpuSnapshot } from "../gpu/snapshot.ts";
import { formatSize } from "../contract/units.ts";
import type { GpuShare } from "./scene.ts";

/** What a process has of each GPU, as the probe tells. With its start time, as the pid may be another's by now. */
export function sharesOf(
  { pid, start }: { pid: number; start: number },
  snapshot: GpuSnapshot | null,
): GpuShare[] {
  return (snapshot?.devices ?? []).flatMap(({ index, uuid, holders }) => {
    const own = holders.find((one) => one.pid === pid && one.start === start);
    return own === undefined ? [] : [{ index, uuid, bytes: own.usedBytes }];
  });
}

/** Processes that have ended and that the driver counts on a GPU all the same. */
export function deadHolders({ holders }: GpuDevice): GpuHolder[] {
  return holders.filter(({ alive }) => alive === false);
}

/** What the probe says about one process, in words. */
export function gpuWords(shares: readonly GpuShare[], snapshot: GpuSnapshot | null): string[] {
  return shares.flatMap(({ index, uuid, bytes }) => {
    const device = snapshot?.devices.find((one) => one.uuid === uuid);
    const dead = device === undefined ? [] : deadHolders(device);
    const size = bytes === null ? "memory, the driver does not say how much" : formatSize(bytes);
    return [
      `it holds GPU ${index} (${size})`,
      ...dead.map(
        ({ pid, usedBytes }) =>
          `the driver still counts process ${pid}, which is dead, on GPU ${index}${usedBytes === null ? "" : ` (${formatSize(usedBytes)})`}: whoever inherited its descriptors keeps that`,
      ),
    ];
  });
}
