import { formatSize } from "../../contract/units.ts";
import type { GpuDevice, GpuHolder, GpuSnapshot } from "../../gpu/snapshot.ts";
import type { Chart } from "../chart.ts";
import { facet, type JudgedScope, type Seen, type TimedSample } from "../facet.ts";
import { devicesOf, describeGpu, sampleGpus, type GpuSample } from "../gpu-scope.ts";

/** A holder counts as dead if two samples this far apart say so: the driver's list may lag. */
const deadForMs = 2000;
const unownedSamples = 3;

/** GPU memory in use, compared with the processes that hold it. */
export const gpuMemory = facet<GpuSample>({
  name: "gpu-memory",
  scope: "both",
  sampling: "each",
  sample: sampleGpus,
  judge(seen, chart, scope) {
    const devices = devicesOf(seen.last.value, chart, scope) ?? [];
    const { complete, reason } = seen.last.value.snapshot.holderSight;
    if (devices.length > 0 && !complete)
      chart.missing(`not every holder of GPU memory is visible: ${reason ?? "?"}`);
    for (const device of devices) {
      const { usedBytes } = device.memory;
      if (!device.processListRead)
        chart.missing(`GPU ${device.index}: the driver's list of processes cannot be read`);
      if (usedBytes === null) {
        chart.missing(`GPU ${device.index} does not report how much memory is in use`);
        continue;
      }
      chart.figure("gpu.memory-used", device.uuid, usedBytes);
      if (!judgeInherited(seen, device, chart)) judgeUnowned(seen, device, chart, scope);
    }
  },
});

/**
 * The driver frees a dead process's memory when its last descriptor is closed; a child may have
 * inherited that descriptor.
 */
function judgeInherited(seen: Seen<GpuSample>, device: GpuDevice, chart: Chart): boolean {
  const dead = device.holders.filter(
    (one) => one.alive === false && one.how.some((how) => how.startsWith("nvml")),
  );
  const lasting = dead.filter(({ pid }) => deadSince(seen, device.uuid, pid) >= deadForMs);
  const heirs = heirsOf(device, seen.last.value.snapshot);
  if (dead.length === 0 || heirs.length === 0) return false;
  if (seen.last.value.snapshot.holderSight.initialPidNamespace !== true) {
    chart.missing(
      `GPU ${device.index}: inside a PID namespace the driver's pids may be those of other processes`,
    );
    return false;
  }
  if (lasting.length === 0) {
    chart.missing(
      `GPU ${device.index}: two samples 2 s apart are needed to confirm that a dead holder remains`,
    );
    return false;
  }
  const bytes = lasting.reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0);
  chart.finding({
    verdict: "gpu-lingering-inherited",
    subject: device.uuid,
    message: `process ${lasting.map(({ pid }) => pid).join(", ")} has ended, but ${formatSize(bytes)} of its memory on ${describeGpu(device)} is still held by ${heirs.map(nameOf).join(", ")}`,
    figure: bytes,
    source: "the driver's list, /proc/PID/fd",
    confidence: "likely",
    evidence: heirs.map((one) => `${nameOf(one)} has the device open: ${one.how.join(", ")}`),
    next: `holdfast holders gpu:${device.index}`,
  });
  return true;
}

function judgeUnowned(
  seen: Seen<GpuSample>,
  device: GpuDevice,
  chart: Chart,
  { thresholds }: JudgedScope,
): void {
  const { holderSight } = seen.last.value.snapshot;
  const unowned = seen.all.map((sample) => unownedIn(sample, device.uuid));
  const now = unowned.at(-1) ?? null;
  if (now !== null) chart.figure("gpu.memory-unowned", device.uuid, now);
  const total = device.memory.totalBytes ?? 0;
  const threshold = Math.max(
    thresholds.gpu_lingering,
    (total * thresholds.gpu_lingering_percent) / 100,
  );
  if (now === null || now < threshold) return;
  const why =
    device.migEnabled !== false
      ? "it is split into instances (MIG), or does not report whether it is"
      : device.memoryIsShared !== false
        ? "it shares the machine's memory, or does not report whether it does"
        : !device.processListRead
          ? "the driver's list of processes cannot be read"
          : !holderSight.complete
            ? `not every holder is visible: ${holderSight.reason ?? "?"}`
            : null;
  if (why !== null) {
    chart.missing(
      `GPU ${device.index}: ${formatSize(now)} belong to no visible holder, but ${why}`,
    );
    return;
  }
  // The driver accounts managed memory to no process, so a living holder may own all of it.
  if (heirsOf(device, seen.last.value.snapshot).length > 0) return;
  const lasting = unowned.filter((bytes) => bytes !== null && bytes >= threshold).length;
  if (lasting < unownedSamples || lasting < unowned.length) {
    chart.missing(
      `GPU ${device.index}: three samples are needed to confirm that unowned memory remains`,
    );
    return;
  }
  chart.finding({
    verdict: "gpu-lingering-unowned",
    subject: device.uuid,
    message: `${formatSize(now)} of ${describeGpu(device)} are in use, but no process has the device open`,
    figure: now,
    threshold,
    source: "the driver's memory usage compared with its process list and /proc",
    confidence: "likely",
    next: `holdfast holders gpu:${device.index}`,
  });
}

/** Living processes that hold this GPU, and those whose GPU is unknown. */
function heirsOf(device: GpuDevice, { unplacedHolders }: GpuSnapshot): GpuHolder[] {
  return [...device.holders, ...unplacedHolders].filter(({ alive }) => alive !== false);
}

function unownedIn({ value }: TimedSample<GpuSample>, uuid: string): number | null {
  const device = value.snapshot.devices.find((one) => one.uuid === uuid);
  const used = device?.memory.usedBytes ?? null;
  if (device === undefined || used === null) return null;
  const living = device.holders.filter(({ alive }) => alive !== false);
  return Math.max(0, used - living.reduce((sum, { usedBytes }) => sum + (usedBytes ?? 0), 0));
}

/** How long all samples up to the last one have reported it dead. */
function deadSince({ all, last }: Seen<GpuSample>, uuid: string, pid: number): number {
  const isDead = ({ value }: TimedSample<GpuSample>) =>
    value.snapshot.devices
      .find((one) => one.uuid === uuid)
      ?.holders.some((one) => one.pid === pid && one.alive === false) === true;
  const living = all.findLastIndex((sample) => !isDead(sample));
  const first = all[living + 1];
  return first === undefined ? 0 : last.atMs - first.atMs;
}

function nameOf({ pid, process }: GpuHolder): string {
  return `process ${pid}${process === null ? "" : ` (${process.comm})`}`;
}
