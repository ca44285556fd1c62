import type { Clock } from "../../system/clock.ts";
import type { GpuXid } from "../snapshot.ts";
import type { ReadDevice, Reading } from "../reading.ts";
import {
  nvmlDriverNotLoaded,
  nvmlMismatch,
  nvmlOk,
  nvmlUninitialised,
  describeNvmlCode,
} from "./codes.ts";
import { NvmlLibrary, type NvmlFunction } from "./library.ts";
import { isReadable, readDevice } from "./read-device.ts";
import { eventBytes, parseEvent, textAt } from "./structs.ts";

const textBytes = 96;
const xidEvent = 8n;
// A failing GPU can report thousands of events; the last ones are enough.
const mostEvents = 256;

type Identity = Pick<ReadDevice, "uuid" | "model" | "pciAddress" | "deviceFiles">;

const identityOf = ({ uuid, model, pciAddress, deviceFiles }: ReadDevice): Identity => ({
  uuid,
  model,
  pciAddress,
  deviceFiles,
});

/** After these codes the session is unusable: the driver was unloaded or replaced. */
const over = new Set([nvmlUninitialised, nvmlDriverNotLoaded, nvmlMismatch]);

/**
 * One session with the driver's library. It stays open, because without persistence mode `nvmlInit`
 * alone takes 1 to 3 s for each GPU. Its calls block and may never return.
 */
export class NvmlSession {
  readonly #clock: Clock;
  readonly #path: string | null;
  #library: NvmlLibrary | null = null;
  #begun = false;
  #events: bigint | null = null;
  #watched = new Set<bigint>();
  readonly #xids = new Map<bigint, GpuXid>();
  readonly #known = new Map<bigint, Identity>();

  /** `path`: of the library, if the loader does not find it. */
  constructor(clock: Clock, path: string | null) {
    this.#clock = clock;
    this.#path = path;
  }

  async read(): Promise<Reading> {
    const reading: Reading = {
      driverVersion: null,
      libraryVersion: null,
      devices: [],
      problem: null,
    };
    const refuse = (code: number | null, message: string): Reading => ({
      ...reading,
      devices: [],
      problem: { code, message },
    });
    let library: NvmlLibrary;
    try {
      library = this.#library ??= await NvmlLibrary.load(this.#path);
    } catch (error) {
      return refuse(null, `the driver's library cannot be loaded: ${(error as Error).message}`);
    }
    const begun = this.#begin(library);
    if (begun !== nvmlOk) return refuse(begun, describeNvmlCode(begun));
    reading.driverVersion = textOf(library, "nvmlSystemGetDriverVersion");
    reading.libraryVersion = textOf(library, "nvmlSystemGetNVMLVersion");
    const count = Buffer.alloc(4);
    const code = library.call("nvmlDeviceGetCount_v2", count);
    if (code !== nvmlOk) {
      if (over.has(code)) this.close();
      return refuse(code, describeNvmlCode(code));
    }
    const lost: string[] = [];
    for (let index = 0; index < count.readUInt32LE(); index += 1) {
      const handle = Buffer.alloc(8);
      const found = library.call("nvmlDeviceGetHandleByIndex_v2", index, handle);
      if (found === nvmlOk) reading.devices.push(this.#device(library, handle, index));
      else lost.push(`GPU ${index}: ${describeNvmlCode(found)}`);
    }
    if (lost.length > 0) reading.problem = { code: null, message: lost.join("; ") };
    return reading;
  }

  close(): void {
    if (this.#begun) this.#library?.call("nvmlShutdown");
    this.#begun = false;
    this.#events = null;
    this.#watched = new Set();
    this.#xids.clear();
    this.#known.clear();
  }

  #begin(library: NvmlLibrary): number {
    if (this.#begun) return nvmlOk;
    const code = library.call("nvmlInit_v2");
    if (code !== nvmlOk) return code;
    this.#begun = true;
    const set = Buffer.alloc(8);
    if (library.call("nvmlEventSetCreate", set) === nvmlOk) this.#events = set.readBigUInt64LE();
    return nvmlOk;
  }

  #device(library: NvmlLibrary, handleBytes: Buffer, index: number): ReadDevice {
    const handle = handleBytes.readBigUInt64LE();
    const device = readDevice(library, handle, index);
    // A GPU that has fallen off the bus no longer reports its identity.
    if (isReadable(device)) this.#known.set(handle, identityOf(device));
    else Object.assign(device, this.#known.get(handle));
    device.xidWatched = this.#watch(library, handle);
    this.#hearXids(library);
    device.lastXid = this.#xids.get(handle) ?? null;
    return device;
  }

  #watch(library: NvmlLibrary, handle: bigint): boolean {
    if (this.#events === null) return false;
    if (this.#watched.has(handle)) return true;
    const code = library.call("nvmlDeviceRegisterEvents", handle, xidEvent, this.#events);
    if (code === nvmlOk) this.#watched.add(handle);
    return code === nvmlOk;
  }

  /** Reads the events since the last snapshot, without waiting. */
  #hearXids(library: NvmlLibrary): void {
    if (this.#events === null || this.#watched.size === 0) return;
    for (let heard = 0; heard < mostEvents; heard += 1) {
      const event = Buffer.alloc(eventBytes);
      if (library.call("nvmlEventSetWait_v2", this.#events, event, 0) !== nvmlOk) return;
      const { handle, data } = parseEvent(event);
      this.#xids.set(handle, { code: data, seenAtMs: this.#clock.nowMs() });
    }
  }
}

function textOf(library: NvmlLibrary, name: NvmlFunction): string | null {
  const buffer = Buffer.alloc(textBytes);
  return library.call(name, buffer, textBytes) === nvmlOk ? textAt(buffer, 0, textBytes) : null;
}
