import { facet } from "../facet.ts";
import { devicesOf, gpuExpected, describeGpu, sampleGpus, type GpuSample } from "../gpu-scope.ts";

/** After these errors the GPU must be reset or the machine restarted (DCGM's list). */
const fatalXids = new Set([48, 74, 79, 95, 119, 120, 140]);

/** Whether the GPU driver answers, matches its library, and reports no broken GPU. */
export const gpuDriver = facet<GpuSample>({
  name: "gpu-driver",
  scope: "both",
  sampling: "each",
  sample: sampleGpus,
  judge({ all, last }, chart, scope) {
    const { snapshot, onBus } = last.value;
    const { probe } = snapshot;
    const refused = all.filter(({ value }) => value.snapshot.probe.state !== "ok").length;
    if (probe.state !== "ok" && gpuExpected(last.value) && scope.job?.gpuUuids?.length !== 0)
      chart.finding({
        verdict: "gpu-probe-unavailable",
        subject: "GPUs",
        message: `the GPU driver does not answer: ${probe.reason ?? probe.state}`,
        figure: refused,
        source: `${probe.source}, ${probe.state}${probe.code === null ? "" : `, code ${probe.code}`}`,
        confidence: refused === all.length ? "proven" : "likely",
        evidence: [
          ...onBus.map((one) => `on the PCI bus: ${one}`),
          ...(probe.code === 18
            ? [`driver ${snapshot.driverVersion ?? "?"}, library ${snapshot.libraryVersion ?? "?"}`]
            : []),
          ...(probe.stuckPids.length === 0
            ? []
            : [`probes that cannot be killed: ${probe.stuckPids.join(", ")}`]),
        ],
        next: probe.code === 18 ? "cat /sys/module/nvidia/version" : "holdfast gpus",
      });
    const devices = devicesOf(last.value, chart, scope);
    if (devices === null) return;
    if (probe.state === "ok" && probe.reason !== null) chart.missing(probe.reason);
    for (const device of devices) {
      const { lastXid, xidWatched, uuid, index } = device;
      const { gpuPercent } = device.utilisation;
      if (gpuPercent !== null) chart.figure("gpu.utilisation", uuid, gpuPercent);
      if (!xidWatched) chart.missing(`GPU ${index}: its errors (Xid) are not monitored`);
      if (lastXid === null || !fatalXids.has(lastXid.code)) continue;
      chart.finding({
        verdict: "gpu-fault",
        subject: uuid,
        message: `${describeGpu(device)} reported Xid ${lastXid.code}`,
        figure: lastXid.code,
        source: "NVML events",
        confidence: "proven",
        evidence: [`reported at ${new Date(lastXid.seenAtMs).toISOString()}`],
        next: "nvidia-smi --query",
      });
    }
  },
});
