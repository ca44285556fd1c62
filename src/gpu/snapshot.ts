/**
 * One snapshot of the machine's GPUs, in the same form for every vendor.
 *
 * In all of it `null` means that the driver or the kernel did not report the value: never zero,
 * never "none". Bytes, milliwatts, MHz, degrees Celsius and nanoseconds are plain numbers; a
 * counter of nanoseconds beyond 104 days loses its last digit, which does not matter.
 */
export interface GpuSnapshot {
  /** UTC milliseconds. */
  takenAtMs: number;
  /** Duration of the queries, on the monotonic clock. */
  tookMs: number;
  probe: ProbeReport;
  /** `580.95.05`; the kernel part of the driver. */
  driverVersion: string | null;
  /** Version of the queried library (`libnvidia-ml`), which has to match the driver. */
  libraryVersion: string | null;
  devices: GpuDevice[];
  holderSight: HolderSight;
  /**
   * Processes that have a device file of no particular GPU open (`/dev/nvidiactl`,
   * `/dev/nvidia-uvm`, `/dev/kfd`) and none of a particular GPU. They may hold memory on any GPU.
   */
  unplacedHolders: GpuHolder[];
}

export type ProbeSource = "nvml" | "nvidia-smi" | "amd" | "drm" | "apple" | "none";

/**
 * - `ok`: it answered.
 * - `hung`: no answer in time; it was killed, or could not be (see `stuckPids`).
 * - `crashed`: its process crashed during the query.
 * - `unavailable`: there is nothing to query, or it refused: no GPU, no library, no driver, a
 * version mismatch.
 */
export type ProbeState = "ok" | "hung" | "crashed" | "unavailable";

export interface ProbeReport {
  /**
   * The source of `devices`. If NVML hangs and `nvidia-smi` answers, it is `nvidia-smi`, and
   * `reason` is about NVML.
   */
  source: ProbeSource;
  state: ProbeState;
  /**
   * One sentence; null if there is nothing to report. Also set with `ok` if a better source failed.
   */
  reason: string | null;
  /** NVML's return code behind a refusal: 9 driver not loaded, 15 GPU lost, 18 mismatch, 999 unknown. */
  code: number | null;
  /** How often the probe's process crashed or was killed since the server started. */
  failures: number;
  /** Killed probes that hang in the kernel (D state). While there is one, no other is started. */
  stuckPids: number[];
}

export type GpuVendor = "nvidia" | "amd" | "intel" | "apple" | "other";

export interface GpuDevice {
  /**
   * Stable across reboots, unlike the index. NVIDIA: the driver's UUID; AMD: as in ROCm (`GPU-` and
   * 16 digits); otherwise `pci-0000:03:00.0`.
   */
  uuid: string;
  /** The driver's current index. May differ from CUDA's. */
  index: number;
  vendor: GpuVendor;
  model: string;
  /** `0000:3b:00.0`, lower case. */
  pciAddress: string | null;
  /** The device files of only this GPU: `/dev/nvidia0`, `/dev/dri/renderD128`. */
  deviceFiles: string[];
  memory: GpuMemory;
  /**
   * It shares the machine's memory (APU, Apple, Grace), where pages may remain after a process has
   * ended, by design.
   */
  memoryIsShared: boolean | null;
  /** Split into instances (MIG): per-process figures for the whole GPU are then incomplete. */
  migEnabled: boolean | null;
  /** The driver stays loaded while no process uses the GPU. */
  persistence: boolean | null;
  utilisation: GpuUtilisation;
  temperature: GpuTemperature;
  clocks: GpuClocks;
  throttle: GpuThrottle;
  power: GpuPower;
  ecc: GpuEcc;
  /** The last Xid since the probe's session began. */
  lastXid: GpuXid | null;
  /** Whether Xids are monitored: only then does `lastXid` null mean that there was none. */
  xidWatched: boolean;
  /** Every known holder of this GPU, including ended processes that the driver still lists. */
  holders: GpuHolder[];
  /**
   * Whether the driver's own list of processes was readable; otherwise `holders` comes only from
   * descriptors.
   */
  processListRead: boolean;
  /** What the driver refused, with the code: the reason that a figure is null. */
  refusals: GpuRefusal[];
}

export interface GpuMemory {
  totalBytes: number | null;
  /**
   * Without `reservedBytes` if the driver distinguishes them (NVML's second form); otherwise
   * including it.
   */
  usedBytes: number | null;
  /** Reserved by the driver. */
  reservedBytes: number | null;
  freeBytes: number | null;
}

/**
 * Share of the driver's last sample period, 0 to 100. A holder may be idle, so this does not show
 * whether the GPU is held.
 */
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

/** In the order of their bits, so that lists are consistent. */
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
  /** The driver's bit mask, including bits without a name. */
  bits: number | null;
  /** Sampled at this moment; a software power cap is not a fault. */
  reasons: ThrottleReason[] | null;
  /** Time since the driver was loaded; only the growth is meaningful. */
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
  /** When the probe received it, UTC milliseconds. */
  seenAtMs: number;
}

export interface GpuRefusal {
  /** What was queried: `memory`, `processes`, `temperature`. */
  what: string;
  /** NVML's return code; null for other sources. */
  code: number | null;
  message: string;
}

/**
 * - `nvml-compute`, `nvml-graphics`, `nvml-mps`: on the driver's list.
 * - `descriptor`: has the device file open, in some task.
 * - `maps`: has the device file mapped, which outlives the descriptor.
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
  /** In the PID namespace of its source: see `HolderSight`. */
  pid: number;
  /**
   * Clock ticks since boot; together with pid and boot id it identifies one process. Null: the
   * process has ended or is not visible.
   */
  start: number | null;
  /** Null: unknown, because it is not visible from here. */
  alive: boolean | null;
  /** On this GPU. Null: the driver did not report it. Never includes managed memory. */
  usedBytes: number | null;
  /** All evidence; never empty. */
  how: HolderEvidence[];
  /** It uses the MPS server, or is that server. */
  mps: boolean;
  /** Null for an ended or invisible process. */
  process: HolderProcess | null;
}

/**
 * Facts that attribute a holder to a job, a container or another owner. Command lines are never
 * used.
 */
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
  /** In the unified hierarchy or, if that is empty, in systemd's. */
  cgroup: string | null;
  /** The attempt whose cookie is in its environment. */
  attempt: string | null;
  /** Where it sleeps in the kernel; only for state `D`. */
  waitChannel: string | null;
}

/**
 * How much of the machine was visible to the search for holders. Only a complete search can report
 * "no owner".
 */
export interface HolderSight {
  /** False: no search was made, or it failed. */
  searched: boolean;
  /** In a container the driver and /proc may have different pids for one process. Null: unknown. */
  initialPidNamespace: boolean | null;
  /** Processes whose descriptors this user may not read. */
  unreadable: number;
  /** Nothing was hidden from the search, so an empty list of holders is reliable. */
  complete: boolean;
  /** Why it is not complete, in one sentence. */
  reason: string | null;
}

/**
 * Takes a snapshot. Never rejects and never takes longer than its time limit: a probe that hangs or
 * crashes is reported in `probe`. Concurrent calls share one query.
 */
export interface GpuProbe {
  snapshot(): Promise<GpuSnapshot>;
  /** Ends the probe's process. A later `snapshot` starts it again. */
  close(): void;
}
