import type { GpuDevice, GpuThrottleCounters, ThrottleReason } from "../../gpu/snapshot.ts";
import { growth } from "../deltas.ts";
import { facet, type Seen } from "../facet.ts";
import { devicesOf, describeGpu, sampleGpus, type GpuSample } from "../gpu-scope.ts";

/**
 * Without counters, this share of the samples has to show the reason, of at least this many
 * samples.
 */
const sampleShare = 0.6;
const fewestSamples = 5;

/** Whether GPUs are slowed down: for heat, by their power supply, or at their power limit. */
export const gpuThrottling = facet<GpuSample>({
  name: "gpu-throttling",
  scope: "both",
  sampling: "each",
  sample: sampleGpus,
  judge(seen, chart, scope) {
    const { thresholds } = scope;
    for (const device of devicesOf(seen.last.value, chart, scope) ?? []) {
      const { uuid, index, temperature, clocks, utilisation } = device;
      const common = { subject: uuid, source: "the driver's counters and reasons" };
      const state = describeState(device);
      if (temperature.celsius === null)
        chart.missing(`GPU ${index} does not report its temperature`);
      else chart.figure("gpu.temperature", uuid, temperature.celsius);
      if (clocks.smMHz !== null && utilisation.gpuPercent !== 0)
        chart.figure("gpu.sm-clock", uuid, clocks.smMHz);
      const margin = temperature.slowdownMarginCelsius;
      const thermal = thermalShare(seen, uuid);
      if (thermal === null) chart.missing(`GPU ${index} does not report why it is slowed down`);
      else {
        chart.figure("gpu.thermal", uuid, thermal);
        if (thermal > thresholds.gpu_thermal)
          chart.finding({
            ...common,
            verdict: "gpu-thermal",
            message: `${describeGpu(device)} was slowed down for heat ${thermal.toFixed(0)} % of the time`,
            figure: thermal,
            confidence: counted(seen, uuid, "hwThermalNs") === null ? "likely" : "proven",
            evidence: state,
            next: "nvidia-smi -q -d TEMPERATURE,PERFORMANCE,CLOCK",
          });
      }
      if (margin !== null) {
        chart.figure("gpu.margin", uuid, margin);
        if (margin <= thresholds.gpu_margin && (thermal ?? 0) <= thresholds.gpu_thermal)
          chart.finding({
            ...common,
            verdict: "gpu-hot",
            message: `${describeGpu(device)} is ${margin} °C from being slowed down`,
            figure: margin,
            confidence: "proven",
            evidence: state,
            next: "nvidia-smi -q -d TEMPERATURE",
          });
      }
      const braked = samplesWith(seen, uuid, ["power-brake"]);
      const brake = counted(seen, uuid, "powerBrakeNs");
      if ((brake ?? 0) > 0 || (braked?.with ?? 0) > 0)
        chart.finding({
          ...common,
          verdict: "gpu-power-fault",
          message: `${describeGpu(device)} is slowed down by its power supply`,
          figure: brake ?? braked?.with ?? 0,
          unit: brake === null ? "count" : "%",
          confidence: "proven",
          evidence: state,
          next: "nvidia-smi -q -d POWER,PERFORMANCE",
        });
      const capped =
        counted(seen, uuid, "swPowerCapNs") ?? shareOf(samplesWith(seen, uuid, ["sw-power-cap"]));
      if (capped === null) continue;
      chart.figure("gpu.power-cap", uuid, capped);
      const { smMHz, maxSmMHz } = clocks;
      const clock = smMHz === null || maxSmMHz === null ? null : (smMHz * 100) / maxSmMHz;
      if (capped <= thresholds.gpu_power_cap || clock === null || clock >= thresholds.gpu_clock)
        continue;
      chart.finding({
        ...common,
        verdict: "gpu-power-limited",
        message: `${describeGpu(device)} was at its power limit ${capped.toFixed(0)} % of the time and runs at ${clock.toFixed(0)} % of its maximum clock`,
        figure: capped,
        evidence: state,
        next: "nvidia-smi -q -d POWER",
      });
    }
  },
});

/**
 * The larger of the two counters' shares; without counters, the share of samples with a thermal
 * reason.
 */
function thermalShare(seen: Seen<GpuSample>, uuid: string): number | null {
  const software = counted(seen, uuid, "swThermalNs");
  const hardware = counted(seen, uuid, "hwThermalNs");
  if (software !== null || hardware !== null) return Math.max(software ?? 0, hardware ?? 0);
  const samples = samplesWith(seen, uuid, ["sw-thermal", "hw-thermal"]);
  if (samples === null) return null;
  const share = shareOf(samples) ?? 0;
  // A single sample may catch a brief event.
  return samples.of >= fewestSamples && share >= sampleShare * 100 ? share : 0;
}

/** The growth of a nanosecond counter, as a percentage of the window (0 to 100). */
function counted(
  seen: Seen<GpuSample>,
  uuid: string,
  counter: keyof GpuThrottleCounters,
): number | null {
  const ns = growth(seen, (value) => deviceOf(value, uuid)?.throttle.counters[counter] ?? null);
  return ns === null ? null : Math.min(100, ns / 1e4 / seen.tookMs);
}

interface Share {
  with: number;
  of: number;
}

function samplesWith(seen: Seen<GpuSample>, uuid: string, wanted: ThrottleReason[]): Share | null {
  const reported = seen.all.flatMap(({ value }) => {
    const reasons = deviceOf(value, uuid)?.throttle.reasons ?? null;
    return reasons === null ? [] : [reasons];
  });
  if (reported.length === 0) return null;
  // An idle GPU is not slowed down.
  const fitting = reported.filter(
    (reasons) => !reasons.includes("idle") && wanted.some((one) => reasons.includes(one)),
  ).length;
  return { with: fitting, of: reported.length };
}

function shareOf(samples: Share | null): number | null {
  return samples === null || samples.of === 0 ? null : (samples.with * 100) / samples.of;
}

function deviceOf({ snapshot }: GpuSample, uuid: string): GpuDevice | undefined {
  return snapshot.devices.find((one) => one.uuid === uuid);
}

function describeState({ temperature, clocks, power }: GpuDevice): string[] {
  const { celsius, slowdownMarginCelsius: margin } = temperature;
  return [
    ...(celsius === null
      ? []
      : [`${celsius} °C${margin === null ? "" : `, ${margin} °C below its slowdown temperature`}`]),
    ...(clocks.smMHz === null ? [] : [`${clocks.smMHz} of ${clocks.maxSmMHz ?? "?"} MHz`]),
    ...(power.drawMilliwatts === null
      ? []
      : [
          `${Math.round(power.drawMilliwatts / 1000)} of ${Math.round((power.limitMilliwatts ?? 0) / 1000)} W`,
        ]),
  ];
}
