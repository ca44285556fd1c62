import type { FigureUnit } from "../contract/figure-units.ts";
import type { ThresholdName } from "../contract/doctor-thresholds.ts";

interface FigureDefinition {
  unit: FigureUnit;
  /**
   * When the figure is worse than a baseline's: by more points, or by a larger or smaller share
   * than the threshold. Without it the figure is not compared.
   */
  worse?: { by: "points more" | "share more" | "share less"; than: ThresholdName };
}

const pressure = {
  unit: "%",
  worse: { by: "points more", than: "baseline_pressure" },
} as const;
const heat = {
  unit: "°C",
  worse: { by: "points more", than: "baseline_temperature" },
} as const;
const clock = { unit: "MHz", worse: { by: "share less", than: "baseline_clock" } } as const;
const rate = { unit: "/s", worse: { by: "share less", than: "baseline_throughput" } } as const;

/** Every figure that a facet may report, and how it is compared with a baseline. */
export const figures = {
  "server.answer": { unit: "ms" },
  "store.size": { unit: "bytes" },
  "processes.expected": { unit: "count" },
  "processes.found": { unit: "count" },
  "orphans.suspects": { unit: "count" },
  "orphans.young": { unit: "count" },
  "gpu.memory-used": { unit: "bytes" },
  "gpu.memory-unowned": { unit: "bytes" },
  "gpu.temperature": heat,
  "gpu.margin": { unit: "°C" },
  "gpu.sm-clock": clock,
  "gpu.thermal": { unit: "%", worse: { by: "points more", than: "baseline_pressure" } },
  "gpu.power-cap": { unit: "%" },
  "gpu.utilisation": { unit: "%" },
  "cpu.pressure-some": pressure,
  "cpu.pressure-full": pressure,
  "cpu.busy": { unit: "%" },
  "cpu.stolen": pressure,
  "cpu.throttled": pressure,
  "cpu.clock": clock,
  "cpu.heat-throttled": pressure,
  "temperature.sensor": heat,
  "memory.pressure-some": pressure,
  "memory.pressure-full": pressure,
  "memory.available": { unit: "bytes" },
  "memory.oom-kills": { unit: "count" },
  "io.pressure-some": pressure,
  "io.pressure-full": pressure,
  "disk.free": { unit: "bytes" },
  "disk.free-files": { unit: "count" },
  "descriptors.used": { unit: "%" },
  "pids.used": { unit: "%" },
  "ports.wanted": { unit: "count" },
  "zombies.lasting": { unit: "count" },
  "stuck.processes": { unit: "count" },
  "clock.jump": { unit: "ms" },
  "throughput.progress": rate,
  "throughput.output": { unit: "bytes/s" },
  "throughput.metric": rate,
  "throughput.latency": { unit: "ms", worse: { by: "share more", than: "baseline_latency" } },
} as const satisfies Record<string, FigureDefinition>;

export type FigureName = keyof typeof figures;

export function definitionOf(name: string): FigureDefinition | null {
  return Object.hasOwn(figures, name) ? figures[name as FigureName] : null;
}
