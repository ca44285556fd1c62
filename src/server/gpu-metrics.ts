import { Gauge, type Registry } from "prom-client";
import type { GpuView, Gpus } from "../contract/gpus.ts";
import type { Clock } from "../system/clock.ts";

/** A collector gives up after 10 s; a driver that hangs may take longer. */
const timeoutMs = 3000;

interface Measure {
  name: string;
  help: string;
  /** A label in addition to the GPU. */
  label?: string;
  /** By that label's value; null has no sample, because it is not zero. */
  read: (gpu: GpuView) => Record<string, number | null>;
}

const one = (value: number | null) => ({ "": value });
const scaled = (value: number | null, by: number) => (value === null ? null : value / by);

const measures: readonly Measure[] = [
  {
    name: "holdfast_gpu_memory_used_bytes",
    help: "Memory in use, without what the driver reserves if it reports that separately.",
    read: ({ memory }) => one(memory.usedBytes),
  },
  {
    name: "holdfast_gpu_memory_bytes",
    help: "Memory that the GPU has.",
    read: ({ memory }) => one(memory.totalBytes),
  },
  {
    name: "holdfast_gpu_utilization_ratio",
    help: "Share of the driver's last sample period in which the GPU was busy.",
    read: ({ utilisation }) => one(scaled(utilisation.gpuPercent, 100)),
  },
  {
    name: "holdfast_gpu_temperature_celsius",
    help: "Temperature.",
    read: ({ temperature }) => one(temperature.celsius),
  },
  {
    name: "holdfast_gpu_power_watts",
    help: "Power drawn.",
    read: ({ power }) => one(scaled(power.drawMilliwatts, 1000)),
  },
  {
    name: "holdfast_gpu_power_limit_watts",
    help: "Power limit enforced by the driver.",
    read: ({ power }) => one(scaled(power.limitMilliwatts, 1000)),
  },
  {
    name: "holdfast_gpu_clock_hertz",
    help: "Clock.",
    label: "clock",
    read: ({ clocks }) => ({
      sm: scaled(clocks.smMHz, 1e-6),
      memory: scaled(clocks.memoryMHz, 1e-6),
    }),
  },
  {
    name: "holdfast_gpu_throttled_seconds_total",
    help: "Time for which it was slowed down since the driver was loaded, by reason.",
    label: "reason",
    read: ({ throttle: { counters } }) => ({
      sw_power_cap: scaled(counters.swPowerCapNs, 1e9),
      sw_thermal: scaled(counters.swThermalNs, 1e9),
      hw_thermal: scaled(counters.hwThermalNs, 1e9),
      power_brake: scaled(counters.powerBrakeNs, 1e9),
    }),
  },
  {
    name: "holdfast_gpu_holders",
    help: "Processes that hold it.",
    read: ({ holders }) => one(holders.length),
  },
  {
    name: "holdfast_gpu_withheld",
    help: "1 while a process of an ended job holds it and it is not assigned to a job.",
    read: ({ withheld }) => one(withheld === null ? 0 : 1),
  },
];

/** Figures of each GPU in base units, read from the driver at each collection. None on a machine without a GPU. */
export function addGpuMetrics(
  registry: Registry,
  inspect: () => Promise<Gpus>,
  clock: Clock,
): void {
  // All gauges of one collection show the same sample.
  let current: Promise<Gpus | null> | null = null;
  const seen = () => {
    current ??= withinTimeout(inspect, clock).finally(() => {
      current = null;
    });
    return current;
  };
  for (const { name, help, label, read } of measures) {
    const labelNames = ["gpu", "uuid", ...(label === undefined ? [] : [label])];
    const gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [],
      async collect() {
        const found = await seen();
        this.reset();
        for (const gpu of found?.gpus ?? [])
          for (const [key, value] of Object.entries(read(gpu)))
            if (value !== null)
              this.set(
                {
                  gpu: String(gpu.index),
                  uuid: gpu.uuid,
                  ...(label === undefined ? {} : { [label]: key }),
                },
                value,
              );
      },
    });
    registry.registerMetric(gauge);
  }
  const up = new Gauge({
    name: "holdfast_gpu_probe_up",
    help: "Whether the driver answered; absent on a machine without a sign of a GPU.",
    registers: [],
    async collect() {
      const found = await seen();
      this.reset();
      if (found?.probe.source === "none") this.remove();
      else this.set(found?.probe.state === "ok" ? 1 : 0);
    },
  });
  registry.registerMetric(up);
}

/** Null when the driver takes too long. */
async function withinTimeout(inspect: () => Promise<Gpus>, clock: Clock): Promise<Gpus | null> {
  const late = Promise.withResolvers<null>();
  const timer = clock.after(timeoutMs, () => late.resolve(null));
  try {
    return await Promise.race([inspect(), late.promise]);
  } finally {
    timer.cancel();
  }
}
