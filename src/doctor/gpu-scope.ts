import type { GpuDevice, GpuSnapshot } from "../gpu/snapshot.ts";
import type { Chart } from "./chart.ts";
import type { Machine } from "./machine.ts";
import type { JudgedScope } from "./facet.ts";

/** What the bus says, whatever the driver says: two makers of GPUs that need one. */
const makers: Record<string, string> = { "0x10de": "NVIDIA", "0x1002": "AMD" };

/** One look at the GPUs, and whether the bus has any. */
export interface GpuSample {
  snapshot: GpuSnapshot;
  onBus: string[];
}

/** Display and 3D controllers and accelerators of those makers, by PCI address. */
export function gpusOnBus(machine: Machine): string[] {
  const root = "/sys/bus/pci/devices";
  return (machine.names(root) ?? []).flatMap((address) => {
    const maker = makers[machine.text(`${root}/${address}/vendor`)?.trim() ?? ""];
    const kind = machine.text(`${root}/${address}/class`)?.trim() ?? "";
    return maker !== undefined && /^0x(03|12)/.test(kind) ? [`${maker} at ${address}`] : [];
  });
}

/**
 * Whether there is a GPU that ought to tell: the bus has one, or a driver's device files are there,
 * without which no vendor's library is asked at all. A render node alone may be a virtual display.
 */
export function gpuExpected({ snapshot, onBus }: GpuSample): boolean {
  const { devices, probe } = snapshot;
  const vendor = probe.source !== "none" && probe.source !== "drm";
  return onBus.length > 0 || devices.length > 0 || (vendor && probe.state !== "ok");
}

/**
 * The GPUs that are looked at: the job's, or all. Null where there are none to judge, which is then
 * said: that there is no GPU is an answer, that its driver does not speak is none.
 */
export function devicesOf(
  sample: GpuSample,
  chart: Chart,
  { job }: Pick<JudgedScope, "job">,
): GpuDevice[] | null {
  if (job?.gpuUuids === null) {
    chart.missing("which GPUs the job has only a server knows");
    return null;
  }
  if (job?.gpuUuids.length === 0) {
    chart.absent(`job ${job.id} has no GPU`);
    return null;
  }
  const { devices, probe } = sample.snapshot;
  if (devices.length === 0) {
    if (!gpuExpected(sample)) chart.absent("this machine has no GPU");
    else chart.missing(`the GPUs do not tell: ${probe.reason ?? probe.state}`);
    return null;
  }
  const wanted = job?.gpuUuids ?? null;
  return wanted === null ? devices : devices.filter(({ uuid }) => wanted.includes(uuid));
}

export function gpuWords({ index, model }: GpuDevice): string {
  return `GPU ${index} (${model})`;
}
