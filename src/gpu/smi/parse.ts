import { reasonsOf } from "../nvml/structs.ts";
import { type ListedProcess, type ReadDevice, unknownDevice } from "../reading.ts";
import type { GpuField } from "./query.ts";

const mebi = 2 ** 20;

/**
 * Parses the answer to a query of `fields` in the form `csv,noheader,nounits`; skips other lines.
 */
export function parseGpus(
  text: string,
  fields: readonly GpuField[],
): { devices: ReadDevice[]; driverVersion: string | null } {
  let driverVersion: string | null = null;
  const devices = text.split("\n").flatMap((line) => {
    const values = line.split(", ").map((value) => value.trim());
    const of = (field: GpuField) => wordOf(values[fields.indexOf(field)]);
    const number = (field: GpuField, times = 1) => numberOf(of(field), times);
    const uuid = of("uuid");
    const index = number("index");
    // A name with a comma would shift all following fields.
    if (values.length !== fields.length || uuid === null || index === null) return [];
    if (!/^GPU-[0-9a-fA-F-]+$/.test(uuid)) return [];
    driverVersion = of("driver_version") ?? driverVersion;
    const bits = maskOf(of("clocks_event_reasons.active") ?? of("clocks_throttle_reasons.active"));
    const device: ReadDevice = {
      ...unknownDevice({ uuid, index, vendor: "nvidia", model: of("name") ?? "unknown" }),
      pciAddress: addressOf(of("pci.bus_id")),
      // The index is the minor number, except on machines from which a GPU was removed.
      deviceFiles: [`/dev/nvidia${index}`],
      memory: {
        totalBytes: number("memory.total", mebi),
        reservedBytes: number("memory.reserved", mebi),
        usedBytes: number("memory.used", mebi),
        freeBytes: number("memory.free", mebi),
      },
      migEnabled: switchOf(of("mig.mode.current")),
      persistence: switchOf(of("persistence_mode")),
      utilisation: {
        gpuPercent: number("utilization.gpu"),
        memoryPercent: number("utilization.memory"),
      },
      temperature: {
        celsius: number("temperature.gpu"),
        slowdownMarginCelsius: number("temperature.gpu.tlimit"),
        shutdownMarginCelsius: null,
      },
      clocks: {
        smMHz: number("clocks.current.sm"),
        memoryMHz: number("clocks.current.memory"),
        maxSmMHz: number("clocks.max.sm"),
        maxMemoryMHz: number("clocks.max.memory"),
      },
      throttle: {
        bits,
        reasons: bits === null ? null : reasonsOf(bits),
        counters: {
          // nvidia-smi reports microseconds, the library nanoseconds.
          swPowerCapNs: number("clocks_event_reasons_counters.sw_power_cap", 1000),
          swThermalNs: number("clocks_event_reasons_counters.sw_thermal_slowdown", 1000),
          hwThermalNs: number("clocks_event_reasons_counters.hw_thermal_slowdown", 1000),
          powerBrakeNs: number("clocks_event_reasons_counters.hw_power_brake_slowdown", 1000),
        },
      },
      power: {
        drawMilliwatts: number("power.draw", 1000),
        limitMilliwatts: number("enforced.power.limit", 1000),
      },
      ecc: {
        uncorrectedVolatile: number("ecc.errors.uncorrected.volatile.total"),
        uncorrectedAggregate: number("ecc.errors.uncorrected.aggregate.total"),
      },
    };
    return [device];
  });
  return { devices, driverVersion };
}

/** Parses the list of processes, by GPU UUID. Graphics processes are not on this list. */
export function parseProcesses(text: string): Map<string, ListedProcess[]> {
  const found = new Map<string, ListedProcess[]>();
  for (const line of text.split("\n")) {
    const [uuid, pid, memory] = line.split(", ").map((value) => value.trim());
    if (uuid === undefined || pid === undefined || !/^\d+$/.test(pid)) continue;
    const list = found.get(uuid) ?? [];
    list.push({
      pid: Number(pid),
      usedBytes: numberOf(wordOf(memory), mebi),
      how: "nvml-compute",
    });
    found.set(uuid, list);
  }
  return found;
}

/**
 * `[N/A]`, `[Not Supported]`, `[GPU is lost]` and `[Requested functionality has been deprecated]`
 * are not values.
 */
function wordOf(value: string | undefined): string | null {
  return value === undefined || value === "" || value === "N/A" || value.startsWith("[")
    ? null
    : value;
}

function numberOf(word: string | null, times: number): number | null {
  return word !== null && /^-?\d+(\.\d+)?$/.test(word) ? Math.round(Number(word) * times) : null;
}

function maskOf(word: string | null): number | null {
  return word !== null && /^0x[0-9a-fA-F]+$/.test(word) ? Number(word) : null;
}

function switchOf(word: string | null): boolean | null {
  return word === "Enabled" ? true : word === "Disabled" ? false : null;
}

function addressOf(word: string | null): string | null {
  return word === null ? null : word.replace(/^0000(?=[0-9A-F]{4}:)/i, "").toLowerCase();
}
