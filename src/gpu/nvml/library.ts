import type { LibraryHandle } from "koffi";
import { nvmlFunctionNotFound } from "./codes.ts";

type Argument = Buffer | bigint | number;

/** Under WSL the driver's library is not in the loader's search path. */
const names = ["libnvidia-ml.so.1", "libnvidia-ml.so", "/usr/lib/wsl/lib/libnvidia-ml.so.1"];

/**
 * All functions used, with their arguments: d a device or set, u a 32-bit number, U a 64-bit
 * number, p a buffer.
 */
const signatures = {
  nvmlInit_v2: "",
  nvmlShutdown: "",
  nvmlSystemGetDriverVersion: "pu",
  nvmlSystemGetNVMLVersion: "pu",
  nvmlDeviceGetCount_v2: "p",
  nvmlDeviceGetHandleByIndex_v2: "up",
  nvmlDeviceGetUUID: "dpu",
  nvmlDeviceGetName: "dpu",
  nvmlDeviceGetMinorNumber: "dp",
  nvmlDeviceGetPciInfo_v3: "dp",
  nvmlDeviceGetMemoryInfo_v2: "dp",
  nvmlDeviceGetMemoryInfo: "dp",
  nvmlDeviceGetUtilizationRates: "dp",
  nvmlDeviceGetTemperature: "dup",
  nvmlDeviceGetClockInfo: "dup",
  nvmlDeviceGetMaxClockInfo: "dup",
  nvmlDeviceGetCurrentClocksEventReasons: "dp",
  nvmlDeviceGetCurrentClocksThrottleReasons: "dp",
  nvmlDeviceGetFieldValues: "dup",
  nvmlDeviceGetPowerUsage: "dp",
  nvmlDeviceGetEnforcedPowerLimit: "dp",
  nvmlDeviceGetPersistenceMode: "dp",
  nvmlDeviceGetMigMode: "dpp",
  nvmlDeviceGetAddressingMode: "dp",
  nvmlDeviceGetTotalEccErrors: "duup",
  nvmlDeviceGetComputeRunningProcesses_v3: "dpp",
  nvmlDeviceGetComputeRunningProcesses_v2: "dpp",
  nvmlDeviceGetComputeRunningProcesses: "dpp",
  nvmlDeviceGetGraphicsRunningProcesses_v3: "dpp",
  nvmlDeviceGetGraphicsRunningProcesses_v2: "dpp",
  nvmlDeviceGetGraphicsRunningProcesses: "dpp",
  nvmlDeviceGetMPSComputeRunningProcesses_v3: "dpp",
  nvmlDeviceGetMPSComputeRunningProcesses_v2: "dpp",
  nvmlDeviceGetMPSComputeRunningProcesses: "dpp",
  nvmlEventSetCreate: "p",
  nvmlEventSetFree: "d",
  nvmlDeviceRegisterEvents: "dUd",
  nvmlEventSetWait_v2: "dpu",
} as const;
export type NvmlFunction = keyof typeof signatures;

const types = { d: "uintptr_t", u: "unsigned int", U: "uint64_t", p: "void *" } as const;

/**
 * The driver's library. Its calls can hang or crash the whole process, so only the probe's own
 * process makes them.
 */
export class NvmlLibrary {
  readonly #library: LibraryHandle;
  readonly #functions = new Map<NvmlFunction, ((...given: Argument[]) => number) | null>();

  private constructor(library: LibraryHandle) {
    this.#library = library;
  }

  /** `path`: used instead of the loader's search. Rejects with the loader's error. */
  static async load(path: string | null): Promise<NvmlLibrary> {
    // Imported only here: without a prebuilt koffi the rest of the probe still works.
    const { default: koffi } = await import("koffi");
    const tried: string[] = [];
    for (const name of path === null ? names : [path]) {
      try {
        return new NvmlLibrary(koffi.load(name));
      } catch (error) {
        tried.push(error instanceof Error ? error.message : String(error));
      }
    }
    throw new Error(tried[0] ?? "no library");
  }

  /** NVML's return code; 13 if the library does not have the function. */
  call(name: NvmlFunction, ...given: Argument[]): number {
    const known = this.#functions.get(name);
    const found = known === undefined ? this.#find(name) : known;
    return found === null ? nvmlFunctionNotFound : found(...given);
  }

  #find(name: NvmlFunction): ((...given: Argument[]) => number) | null {
    let found: ((...given: Argument[]) => number) | null = null;
    try {
      const takes = signatures[name].split("").map((letter) => types[letter as keyof typeof types]);
      found = this.#library.func(name, "int", takes) as (...given: Argument[]) => number;
    } catch {
      // An older driver, or a newer driver that removed it.
    }
    this.#functions.set(name, found);
    return found;
  }
}
