/**
 * Thresholds above or below which a measurement is a finding. Each is a key of the configuration's
 * section `doctor`, with its default. `source` is where the value comes from.
 * In a file without schemas; the reference page is tested against it.
 */
export const thresholds = {
  cpu_pressure: {
    kind: "percent",
    default: 40,
    about: "share of the window in which some task waited for a CPU",
    source: "chosen; no published value",
  },
  cpu_idle: {
    kind: "percent",
    default: 20,
    about:
      "idle share of the CPUs above which tasks wait for a quota or an affinity, not for a CPU",
    source: "measured: a group held to 20 % of one CPU makes about 90 % pressure on a calm machine",
  },
  cpu_throttled: {
    kind: "percent",
    default: 10,
    about: "share of the quota's periods in which the group was stopped by it",
    source: "chosen; no published value",
  },
  cpu_stolen: {
    kind: "percent",
    default: 10,
    about: "share of the CPU time that the host of a virtual machine gave to other guests",
    source: "chosen; no published value",
  },
  cpu_thermal: {
    kind: "percent",
    default: 1,
    about: "share of the window in which a CPU was slowed down for heat",
    source: "as for GPUs",
  },
  temperature_margin: {
    kind: "celsius",
    default: 5,
    about: "distance to a sensor's own critical point below which it is too hot",
    source: "chosen; the critical point is the vendor's",
  },
  memory_some: {
    kind: "percent",
    default: 20,
    about: "share of the window in which some task waited for memory",
    source: "chosen; no published value",
  },
  memory_full: {
    kind: "percent",
    default: 10,
    about: "share of the window in which every task waited for memory",
    source: "systemd-oomd kills at 60 % over 30 s",
  },
  io_full: {
    kind: "percent",
    default: 20,
    about: "share of the window in which every task waited for a disk",
    source: "chosen; no published value",
  },
  gpu_thermal: {
    kind: "percent",
    default: 1,
    about: "share of the window in which a GPU was slowed down for heat, by the driver's counters",
    source: "DCGM warns at any growth of its violation counters",
  },
  gpu_power_cap: {
    kind: "percent",
    default: 50,
    about: "share of the window in which a GPU was held at its power limit",
    source: "chosen; DCGM does not count this as a fault",
  },
  gpu_clock: {
    kind: "percent",
    default: 90,
    about: "share of its maximum clock below which a GPU at its power limit is slow",
    source: "chosen; no published value",
  },
  gpu_lingering: {
    kind: "bytes",
    default: "256MiB",
    about: "GPU memory in use beyond what its holders account for",
    source: "chosen: an H200 with three processes has 20 MiB, an MPS server 27 MB",
  },
  gpu_lingering_percent: {
    kind: "percent",
    default: 1,
    about: "the same as a share of all its memory; the larger of the two counts",
    source: "chosen; no published value",
  },
  gpu_margin: {
    kind: "celsius",
    default: 3,
    about: "distance to its slowdown temperature below which a GPU is hot",
    source: "chosen; the slowdown's temperature is the vendor's",
  },
  disk_free: {
    kind: "bytes",
    default: "1GiB",
    about: "free space below this, and below disk_free_percent, is too little",
    source: "chosen; no published value",
  },
  disk_free_percent: {
    kind: "percent",
    default: 5,
    about: "share of free space, or of free inodes, below which it is too little",
    source: "ext4 keeps 5 % for root",
  },
  inodes_free: {
    kind: "count",
    default: 10_000,
    about: "free inodes below this, and below disk_free_percent, are too few",
    source: "chosen; no published value",
  },
  descriptors_used: {
    kind: "percent",
    default: 90,
    about: "share of the descriptors that a process, or the machine, may have",
    source: "chosen; no published value",
  },
  pids_used: {
    kind: "percent",
    default: 90,
    about: "share of the tasks that a group, or the machine, may have",
    source: "chosen; no published value",
  },
  zombies: {
    kind: "count",
    default: 20,
    about: "number of ended processes that their parents did not reap in the window",
    source: "chosen: a few are normal in programs that join their workers late",
  },
  stuck_for: {
    kind: "duration",
    default: "10s",
    about: "time in state D without running at all after which a process is stuck",
    source: "gpud takes five samples a minute apart; the kernel's hung-task watchdog waits 120 s",
  },
  clock_jump: {
    kind: "duration",
    default: "500ms",
    about: "maximum change of the wall clock against the monotonic clock",
    source: "chosen: ntpd and chrony slew at most 0.5 ms a second, and step above 128 ms",
  },
  server_answer: {
    kind: "duration",
    default: "2s",
    about: "time to answer a health request above which a server is slow",
    source: "chosen; it normally takes a few milliseconds",
  },
  baseline_throughput: {
    kind: "percent",
    default: 20,
    about: "loss of throughput against the baseline that counts as worse",
    source: "chosen; no published value",
  },
  baseline_latency: {
    kind: "percent",
    default: 25,
    about: "increase of latency against the baseline that counts as worse",
    source: "chosen; no published value",
  },
  baseline_clock: {
    kind: "percent",
    default: 15,
    about: "loss of clock rate against the baseline that counts as worse",
    source: "chosen; no published value",
  },
  baseline_temperature: {
    kind: "celsius",
    default: 10,
    about: "increase of temperature against the baseline that counts as worse",
    source: "chosen; no published value",
  },
  baseline_pressure: {
    kind: "percent",
    default: 20,
    about: "increase of pressure against the baseline, in percentage points, that counts as worse",
    source: "chosen; no published value",
  },
} as const satisfies Record<string, Threshold>;

export interface Threshold {
  /** Of the value: percent 0 to 100, bytes, milliseconds, degrees Celsius, or a number of things. */
  kind: "percent" | "bytes" | "duration" | "celsius" | "count";
  /** As written in the configuration. */
  default: number | string;
  about: string;
  source: string;
}

export type ThresholdName = keyof typeof thresholds;
/** In the kind's unit. */
export type Thresholds = Readonly<Record<ThresholdName, number>>;
