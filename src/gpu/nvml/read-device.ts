import type { GpuRefusal } from "../snapshot.ts";
import { type ReadDevice, unknownDevice } from "../reading.ts";
import { nvmlFunctionNotFound, nvmlOk, nvmlVersionMismatch, describeNvmlCode } from "./codes.ts";
import type { NvmlFunction, NvmlLibrary } from "./library.ts";
import { readProcesses } from "./processes.ts";
import {
  fieldsBuffer,
  memoryV1Bytes,
  memoryV2Bytes,
  memoryV2Version,
  parseFields,
  parseMemoryV1,
  parseMemoryV2,
  parsePciAddress,
  pciBytes,
  reasonsOf,
  textAt,
} from "./structs.ts";

const textBytes = 96;
const addressingModeVersion = 0x01_00_00_08;
/** ATS: the GPU's memory is a NUMA node of the machine, whose pages may outlive a process. */
const translatedByHardware = 2;
const grace = /\b(GH200|GB200|GB300|GB10)\b/;
/** SW power cap, SW thermal, HW thermal, power brake, margin to shutdown, margin to slowdown. */
const fields = [74, 269, 270, 271, 193, 194];

const sensorOfGpu = 0;
const smClock = 1;
const memoryClock = 2;
const uncorrected = 1;
const sinceDriverLoad = 0;
const overLife = 1;

const unreadable = "unreadable-";

/** Whether the driver reported its identity. */
export function isReadable({ uuid }: Pick<ReadDevice, "uuid">): boolean {
  return !uuid.startsWith(unreadable);
}

/**
 * Everything that NVML reports about one GPU. What it refuses is null, with the code in `refusals`.
 */
export function readDevice(library: NvmlLibrary, handle: bigint, index: number): ReadDevice {
  const ask = new Asking(library, handle);
  const uuid = ask.text("uuid", "nvmlDeviceGetUUID");
  const device = unknownDevice({
    uuid: uuid ?? `${unreadable}${index}`,
    index,
    vendor: "nvidia",
    model: ask.text("model", "nvmlDeviceGetName") ?? "unknown",
  });
  const minor = ask.number("minor number", "nvmlDeviceGetMinorNumber");
  device.deviceFiles = minor === null ? [] : [`/dev/nvidia${minor}`];
  device.pciAddress = ask.buffer("pci", "nvmlDeviceGetPciInfo_v3", pciBytes, parsePciAddress);
  device.memory = readMemory(ask) ?? device.memory;
  device.memoryIsShared = readMemoryIsShared(ask) ?? (grace.test(device.model) ? true : null);
  device.migEnabled = ask.flag("mig", "nvmlDeviceGetMigMode", Buffer.alloc(4));
  device.persistence = ask.flag("persistence", "nvmlDeviceGetPersistenceMode");
  const rates = ask.buffer("utilisation", "nvmlDeviceGetUtilizationRates", 8, (buffer) => buffer);
  if (rates !== null)
    device.utilisation = {
      gpuPercent: rates.readUInt32LE(0),
      memoryPercent: rates.readUInt32LE(4),
    };
  const [swPowerCapNs, swThermalNs, hwThermalNs, powerBrakeNs, shutdown, slowdown] = ask.fields();
  device.temperature = {
    celsius: ask.number("temperature", "nvmlDeviceGetTemperature", sensorOfGpu),
    shutdownMarginCelsius: shutdown ?? null,
    slowdownMarginCelsius: slowdown ?? null,
  };
  device.clocks = {
    smMHz: ask.number("clock", "nvmlDeviceGetClockInfo", smClock),
    memoryMHz: ask.number("memory clock", "nvmlDeviceGetClockInfo", memoryClock),
    maxSmMHz: ask.number("highest clock", "nvmlDeviceGetMaxClockInfo", smClock),
    maxMemoryMHz: ask.number("highest memory clock", "nvmlDeviceGetMaxClockInfo", memoryClock),
  };
  const bits =
    ask.long("", "nvmlDeviceGetCurrentClocksEventReasons") ??
    ask.long("throttle reasons", "nvmlDeviceGetCurrentClocksThrottleReasons");
  device.throttle = {
    bits,
    reasons: bits === null ? null : reasonsOf(bits),
    counters: {
      swPowerCapNs: swPowerCapNs ?? null,
      swThermalNs: swThermalNs ?? null,
      hwThermalNs: hwThermalNs ?? null,
      powerBrakeNs: powerBrakeNs ?? null,
    },
  };
  device.power = {
    drawMilliwatts: ask.number("power", "nvmlDeviceGetPowerUsage"),
    limitMilliwatts: ask.number("power limit", "nvmlDeviceGetEnforcedPowerLimit"),
  };
  const ecc = (counter: number) =>
    ask.long("ecc", "nvmlDeviceGetTotalEccErrors", uncorrected, counter);
  device.ecc = {
    uncorrectedVolatile: ecc(sinceDriverLoad),
    uncorrectedAggregate: ecc(overLife),
  };
  const { listed, refused } = readProcesses(library, handle);
  device.listed = listed;
  device.processListRead = !refused.some(({ how }) => how === "nvml-compute");
  for (const { how, code } of refused) ask.refused(`processes (${how.slice(5)})`, code);
  device.refusals = ask.refusals;
  return device;
}

/** Null for drivers before 580, which do not have this query. */
function readMemoryIsShared(ask: Asking): boolean | null {
  const mode = Buffer.alloc(8);
  mode.writeUInt32LE(addressingModeVersion);
  const code = ask.code("nvmlDeviceGetAddressingMode", mode);
  return code === nvmlOk ? mode.readUInt32LE(4) === translatedByHardware : null;
}

function readMemory(ask: Asking): ReadDevice["memory"] | null {
  const wanted = Buffer.alloc(memoryV2Bytes);
  wanted.writeUInt32LE(memoryV2Version);
  const code = ask.code("nvmlDeviceGetMemoryInfo_v2", wanted);
  if (code === nvmlOk) return parseMemoryV2(wanted);
  // The older form is used only if the driver does not have the newer one.
  if (code !== nvmlFunctionNotFound && code !== nvmlVersionMismatch) {
    ask.refused("memory", code);
    return null;
  }
  return ask.buffer("memory", "nvmlDeviceGetMemoryInfo", memoryV1Bytes, parseMemoryV1);
}

/**
 * Calls functions for one device and collects refusals. A refusal with an empty `what` is not
 * reported, because another function is tried instead.
 */
class Asking {
  readonly refusals: GpuRefusal[] = [];
  readonly #library: NvmlLibrary;
  readonly #handle: bigint;

  constructor(library: NvmlLibrary, handle: bigint) {
    this.#library = library;
    this.#handle = handle;
  }

  code(name: NvmlFunction, ...given: (Buffer | number)[]): number {
    return this.#library.call(name, this.#handle, ...given);
  }

  buffer<T>(
    what: string,
    name: NvmlFunction,
    bytes: number,
    parse: (buffer: Buffer) => T,
    ...before: number[]
  ): T | null {
    const buffer = Buffer.alloc(bytes);
    const code = this.code(name, ...before, buffer);
    if (code === nvmlOk) return parse(buffer);
    this.refused(what, code);
    return null;
  }

  text(what: string, name: NvmlFunction): string | null {
    const buffer = Buffer.alloc(textBytes);
    const code = this.code(name, buffer, textBytes);
    if (code === nvmlOk) return textAt(buffer, 0, textBytes);
    this.refused(what, code);
    return null;
  }

  number(what: string, name: NvmlFunction, ...before: number[]): number | null {
    return this.buffer(what, name, 4, (buffer) => buffer.readUInt32LE(), ...before);
  }

  long(what: string, name: NvmlFunction, ...before: number[]): number | null {
    return this.buffer(what, name, 8, (buffer) => Number(buffer.readBigUInt64LE()), ...before);
  }

  flag(what: string, name: NvmlFunction, ...after: Buffer[]): boolean | null {
    const buffer = Buffer.alloc(4);
    const code = this.code(name, buffer, ...after);
    if (code === nvmlOk) return buffer.readUInt32LE() !== 0;
    this.refused(what, code);
    return null;
  }

  fields(): (number | null)[] {
    const buffer = fieldsBuffer(fields);
    const code = this.code("nvmlDeviceGetFieldValues", fields.length, buffer);
    if (code === nvmlOk) return parseFields(buffer);
    this.refused("throttle counters", code);
    return [];
  }

  refused(what: string, code: number): void {
    if (what !== "") this.refusals.push({ what, code, message: describeNvmlCode(code) });
  }
}
