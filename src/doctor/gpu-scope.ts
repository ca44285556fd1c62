import type { GpuDevice, GpuSnapshot } from "../gpu/snapshot.ts";
import type { Chart } from "./chart.ts";
import type { Machine } from "./machine.ts";
import type { JudgedScope } from "./facet.ts";
import type { Scope } from "./scope.ts";

/** PCI vendors whose GPUs need a driver. The bus lists them whether or not a driver answers. */
const makers: Record<string, string> = { "0x10de": "NVIDIA", "0x1002": "AMD" };

/** One snapshot of the GPUs, and the GPUs that the PCI bus lists. */
export interface GpuSample {
  snapshot: GpuSnapshot;
  onBus: string[];
}

/** Display controllers, 3D controllers and accelerators of these vendors, by PCI address. */
function gpusOnBus(machine: Machine): string[] {
  const root = "/sys/bus/pci/devices";
  return (machine.names(root) ?? []).flatMap((address) => {
    const maker = makers[machine.text(`${root}/${address}/vendor`)?.trim() ?? ""];
    const kind = machine.text(`${root}/${address}/class`)?.trim() ?? "";
    return maker !== undefined && /^0x(03|12)/.test(kind) ? [`${maker} at ${address}`] : [];
  });
}

export async function sampleGpus({ machine, sources }: Scope): Promise<GpuSample> {
  return { snapshot: await sources.gpu.snapshot(), onBus: gpusOnBus(machine) };
}

/**
 * Whether a GPU should be readable: the bus lists one, or a driver's device files exist (without
 * them no vendor library is queried). A render node alone may be a virtual display.
 */
export function gpuExpected({ snapshot, onBus }: GpuSample): boolean {
  const { devices, probe } = snapshot;
  const vendor = probe.source !== "none" && probe.source !== "drm";
  return onBus.length > 0 || devices.length > 0 || (vendor && probe.state !== "ok");
}

/**
 * The GPUs to judge: the job's, or all. Null: none, with the reason in the chart. A machine without
 * a GPU counts as measured, a driver that does not answer does not.
 */
export function devicesOf(
  sample: GpuSample,
  chart: Chart,
  { job }: Pick<JudgedScope, "job">,
): GpuDevice[] | null {
  if (job?.gpuUuids === null) {
    chart.missing("only a server knows which GPUs the job has");
    return null;
  }
  if (job?.gpuUuids.length === 0) {
    chart.absent(`job ${job.id} has no GPU`);
    return null;
  }
  const { devices, probe } = sample.snapshot;
  if (devices.length === 0) {
    if (!gpuExpected(sample)) chart.absent("this machine has no GPU");
    else chart.missing(`the GPUs cannot be read: ${probe.reason ?? probe.state}`);
    return null;
  }
  const wanted = job?.gpuUuids ?? null;
  return wanted === null ? devices : devices.filter(({ uuid }) => wanted.includes(uuid));
}

export function describeGpu({ index, model }: GpuDevice): string {
  return `GPU ${index} (${model})`;
}
