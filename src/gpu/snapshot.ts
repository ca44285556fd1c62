/**
 * What one look at the machine's GPUs saw: the same shape for every vendor.
 *
 * Everywhere in here `null` means that the driver, or the kernel, would not say: never zero, never
 * "none". Bytes, milliwatts, MHz, degrees Celsius and nanoseconds are plain numbers; a counter of
 * nanoseconds beyond 104 days loses its last digit, which nobody compares.
 */
export interface GpuSnapshot {
  /** UTC milliseconds. */
  takenAtMs: number;
  /** How long it took to ask, on the monotonic clock. */
  tookMs: number;
  probe: ProbeReport;
  /** `580.95.05`; the kernel's half of the driver. */
  driverVersion: string | null;
  /** Of the library that was asked (`libnvidia-ml`), which has to fit the driver. */
  libraryVersion: string | null;
  devices: GpuDevice[];
  holderSight: HolderSight;
  /**
   * Processes that have a device file open which belongs to no one GPU (`/dev/nvidiactl`,
   * `/dev/nvidia-uvm`, `/dev/kfd`) and none of a particular GPU: they may hold memory on any.
   */
  unplacedHolders: GpuHolder[];
}

export type ProbeSource = "nvml" | "nvidia-smi" | "amd" | "drm" | "apple" | "none";

/**
 * - `ok`: it answered.
 * - `hung`: no answer in time; it was killed, or could not be (see `stuckPids`).
 * - `crashed`: its process died while it was asked.
 * - `unavailable`: there is nothing to ask, or it refused: no GPU, no library, no driver, a mismatch.
 */
export type ProbeState = "ok" | "hung" | "crashed" | "unavailable";

export interface ProbeReport {
  /** Who gave `devices`: with a hung NVML and an `nvidia-smi` that answers it is `nvidia-smi`, with `reason` about NVML. */
  source: ProbeSource;
  state: ProbeState;
  /** One sentence; null only where there is nothing to say. Also set with `ok` when a better source failed. */
  reason: string | null;
  /** NVML's return code behind a refusal: 9 driver not loaded, 15 GPU lost, 18 mismatch, 999 unknown. */
  code: number | null;
  /** How often the probe's process died or was killed since the server started. */
  failures: number;
  /** Killed probes that the kernel has not let go (D state). While there is one, no other is started. */
  stuckPids: number[];
}

export type GpuVendor = "nvidia" | "amd" | "intel" | "apple" | "other";

export interface GpuDevice {
  /** Stable across reboots, unlike the index. NVIDIA's own; AMD's as ROCm writes it (`GPU-` and 16 digits); `pci-0000:03:00.0` elsewhere. */
  uuid: string;
  /** As the driver counts today. May differ from CUDA's. */
  index: number;
  vendor: GpuVendor;
  model: string;
  /** `0000:3b:00.0`, lower case. */
  pciAddress: string | null;
  /** The device files that belong to this GPU alone: `/dev/nvidia0`, `/dev/dri/renderD128`. */
  deviceFiles: string[];
  memory: GpuMemory;
  /** Memory is the machine's own (APU, Apple, Grace): pages may stay after a process died, by design. */
  memoryIsShared: boolean | null;
  /** Split into instances (MIG): whole-GPU figures per process are then incomplete. */
  migEnabled: boolean | null;
  /** The driver stays loaded while nobody uses the GPU. */
  persistence: boolean | null;
  utilisation: GpuUtilisation;
  temperature: GpuTemperature;
  clocks: GpuClocks;
  throttle: GpuThrottle;
  power: GpuPower;
  ecc: GpuEcc;
  /** The last one that was seen since the probe's session began. */
  lastXid: GpuXid | null;
  /** Whether Xids are being listened to: only then does `lastXid` null mean that there was none. */
  xidWatched: boolean;
  /** Every process that was found to hold this GPU, the dead ones that the driver still lists among them. */
  holders: GpuHolder[];
  /** Whether the driver's own list of processes was readable; without it `holders` comes from descriptors alone. */
  processListRead: boolean;
  /** What the driver refused, with its code: why a figure is null. */
  refusals: GpuRefusal[];
}

export interface GpuMemory {
  totalBytes: number | null;
  /** Without `reservedBytes`, where the driver tells them apart (NVML's second form); else with it. */
  usedBytes: number | null;
  /** The driver's own share. */
  reservedBytes: number | null;
  freeBytes: number | null;
}

/** Share of the driver's last sample period, 0 to 100. Idle holders have none: says nothing about who holds. */
export interface GpuUtilisation {
  gpuPercent: number | null;
  memoryPercent: number | null;
}

export interface GpuTemperature {
  celsius: number | null;
  /** Degrees left until the GPU slows down; Ada and later. */
  slowdownMarginCelsius: number | null;
  shutdownMarginCelsius: number | null;
}

export interface GpuClocks {
  smMHz: number | null;
  memoryMHz: number | null;
  maxSmMHz: number | null;
  maxMemoryMHz: number | null;
}

/** In the order of their bits, so that a list reads the same everywhere. */
export const throttleReasons = [
  "idle",
  "application-clocks",
  "sw-power-cap",
  "hw-slowdown",
  "sync-boost",
  "sw-thermal",
  "hw-thermal",
  "power-brake",
  "display-clocks",
] as const;
export type ThrottleReason = (typeof throttleReasons)[number];

export interface GpuThrottle {
  /** The driver's bit mask as it gave it, bits without a name included. */
  bits: number | null;
  /** Sampled at this moment; a software power cap is no fault. */
  reasons: ThrottleReason[] | null;
  /** Time spent since the driver was loaded; only their growth means something. */
  counters: GpuThrottleCounters;
}

export interface GpuThrottleCounters {
  /** Field 74. */
  swPowerCapNs: number | null;
  /** Field 269. */
  swThermalNs: number | null;
  /** Field 270. */
  hwThermalNs: number | null;
  /** Field 271. */
  powerBrakeNs: number | null;
}

export interface GpuPower {
  drawMilliwatts: number | null;
  limitMilliwatts: number | null;
}

export interface GpuEcc {
  /** Since the driver was loaded. */
  uncorrectedVolatile: number | null;
  /** Over the GPU's life. */
  uncorrectedAggregate: number | null;
}

export interface GpuXid {
  code: number;
  /** When the probe heard of it, UTC milliseconds. */
  seenAtMs: number;
}

export interface GpuRefusal {
  /** What was asked: `memory`, `processes`, `temperature`. */
  what: string;
  /** NVML's return code; null for other sources. */
  code: number | null;
  words: string;
}

/**
 * - `nvml-compute`, `nvml-graphics`, `nvml-mps`: on the driver's list.
 * - `descriptor`: has the device file open, in some task.
 * - `maps`: has it mapped, which outlives the descriptor.
 * - `kfd`, `fdinfo`: the kernel's own account of AMD's and generic DRM drivers.
 * - `ioreg`: Apple's registry.
 */
export type HolderEvidence =
  | "nvml-compute"
  | "nvml-graphics"
  | "nvml-mps"
  | "descriptor"
  | "maps"
  | "kfd"
  | "fdinfo"
  | "ioreg";

export interface GpuHolder {
  /** In the PID namespace of whoever gave it: see `HolderSight`. */
  pid: number;
  /** Clock ticks since boot; with the boot's id it names one process and no other. Null: it does not live, or is not seen. */
  start: number | null;
  /** Null: it is not seen from here, and whether it lives cannot be told. */
  alive: boolean | null;
  /** On this GPU. Null where the driver would not say. Managed memory is never in it. */
  usedBytes: number | null;
  /** Everything that speaks for it; never empty. */
  how: HolderEvidence[];
  /** It computes through the MPS server, or is that server. */
  mps: boolean;
  /** Null for a dead or unseen process. */
  process: HolderProcess | null;
}

/** What attributes a holder to a job, a container or a stranger. Command lines never decide anything. */
export interface HolderProcess {
  ppid: number;
  uid: number;
  /** Kernel's state letter: `D` cannot be ended by any signal. A `Z` with threads still lives. */
  state: string;
  threads: number;
  session: number;
  /** At most 15 bytes. */
  comm: string;
  command: string;
  /** Of the unified hierarchy, or where that is empty, systemd's. */
  cgroup: string | null;
  /** The attempt whose cookie it carries in its environment. */
  attempt: string | null;
  /** Where it sleeps in the kernel, only for state `D`. */
  waitChannel: string | null;
}

/** How much of the machine the search for holders could see: without all of it nobody may say "no owner". */
export interface HolderSight {
  /** False: no search was made, or it failed. */
  searched: boolean;
  /** In a container the driver's pids and those of /proc may be different numbers for one process. Null: cannot be told. */
  initialPidNamespace: boolean | null;
  /** Processes whose descriptors this user may not read. */
  unreadable: number;
  /** All of the above in order: an empty list of holders is then an answer. */
  complete: boolean;
  /** Why it is not complete, one sentence. */
  reason: string | null;
}

/**
 * Asks for all of it. Never rejects and never takes longer than its watchdog: a probe that hangs or
 * crashes is told of in `probe`. Calls at the same time are one question.
 */
export interface GpuProbe {
  snapshot(): Promise<GpuSnapshot>;
  /** Ends the probe's process. A later `snapshot` starts it again. */
  close(): void;
}
