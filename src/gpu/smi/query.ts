/**
 * The fields queried from `nvidia-smi`. A driver that does not know a field refuses the whole
 * query.
 */
export const gpuFields = [
  "index",
  "uuid",
  "name",
  "pci.bus_id",
  "driver_version",
  "memory.total",
  "memory.reserved",
  "memory.used",
  "memory.free",
  "utilization.gpu",
  "utilization.memory",
  "temperature.gpu",
  "temperature.gpu.tlimit",
  "clocks.current.sm",
  "clocks.current.memory",
  "clocks.max.sm",
  "clocks.max.memory",
  "clocks_event_reasons.active",
  "clocks_throttle_reasons.active",
  "clocks_event_reasons_counters.sw_power_cap",
  "clocks_event_reasons_counters.sw_thermal_slowdown",
  "clocks_event_reasons_counters.hw_thermal_slowdown",
  "clocks_event_reasons_counters.hw_power_brake_slowdown",
  "power.draw",
  "enforced.power.limit",
  "persistence_mode",
  "mig.mode.current",
  "ecc.errors.uncorrected.volatile.total",
  "ecc.errors.uncorrected.aggregate.total",
] as const;
export type GpuField = (typeof gpuFields)[number];

export function gpuQuery(fields: readonly GpuField[]): string[] {
  return [`--query-gpu=${fields.join(",")}`, "--format=csv,noheader,nounits"];
}

export const processQuery: readonly string[] = [
  "--query-compute-apps=gpu_uuid,pid,used_gpu_memory",
  "--format=csv,noheader,nounits",
];

/** The field that this version of the program does not know; null for other errors. */
export function unknownField(message: string): GpuField | null {
  const name = /Field "([^"]+)" is not a valid field to query/.exec(message)?.[1];
  return gpuFields.find((field) => field === name) ?? null;
}
