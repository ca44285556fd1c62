/**
 * From where on a figure is a finding. Each is a key of the configuration's section `doctor`, with
 * its default. `source` says who else uses the figure; where nobody publishes one, it says so.
 * In a file without schemas; the reference page is tested against it.
 */
export const thresholds = {
  cpu_pressure: {
    kind: "percent",
    usual: 40,
    about: "share of the window in which some task waited for a CPU",
    source: "chosen; nobody publishes one",
  },
  cpu_idle: {
    kind: "percent",
    usual: 20,
    about: "with so much of the CPUs idle, tasks wait for a quota or an affinity, not for a CPU",
    source: "measured: a group held to 20 % of one CPU makes about 90 % pressure on a calm machine",
  },
  cpu_throttled: {
    kind: "percent",
    usual: 10,
    about: "share of the quota's periods in which the group was stopped by it",
    source: "chosen; nobody publishes one",
  },
  cpu_stolen: {
    kind: "percent",
    usual: 10,
    about: "share of the CPU time that the host of a virtual machine gave to others",
    source: "chosen; nobody publishes one",
  },
  cpu_thermal: {
    kind: "percent",
    usual: 1,
    about: "share of the window in which a CPU was slowed down for heat",
    source: "as for GPUs",
  },
  temperature_margin: {
    kind: "celsius",
    usual: 5,
    about: "so close to a sensor's own critical point is too hot",
    source: "chosen; the critical point is the vendor's",
  },
  memory_some: {
    kind: "percent",
    usual: 20,
    about: "share of the window in which some task waited for memory",
    source: "chosen; nobody publishes one",
  },
  memory_full: {
    kind: "percent",
    usual: 10,
    about: "share of the window in which every task waited for memory",
    source: "systemd-oomd kills at 60 % over 30 s",
  },
  io_full: {
    kind: "percent",
    usual: 20,
    about: "share of the window in which every task waited for a disk",
    source: "chosen; nobody publishes one",
  },
  gpu_thermal: {
    kind: "percent",
    usual: 1,
    about: "share of the window in which a GPU was slowed down for heat, by the driver's counters",
    source: "DCGM warns at any growth of its violation counters",
  },
  gpu_power_cap: {
    kind: "percent",
    usual: 50,
    about: "share of the window in which a GPU was held at its power limit",
    source: "chosen; DCGM does not count this as a fault",
  },
  gpu_clock: {
    kind: "percent",
    usual: 90,
    about: "below so much of its largest clock a GPU at its power limit is slow",
    source: "chosen; nobody publishes one",
  },
  gpu_lingering: {
    kind: "bytes",
    usual: "256MiB",
    about: "GPU memory in use beyond what its holders account for",
    source: "chosen: an H200 with three processes has 20 MiB, an MPS server 27 MB",
  },
  gpu_lingering_percent: {
    kind: "percent",
    usual: 1,
    about: "the same as a share of all its memory; the larger of the two counts",
    source: "chosen; nobody publishes one",
  },
  gpu_margin: {
    kind: "celsius",
    usual: 3,
    about: "so close to its slowdown a GPU is hot",
    source: "chosen; the slowdown's temperature is the vendor's",
  },
  disk_free: {
    kind: "bytes",
    usual: "1GiB",
    about: "less free space than this, and than disk_free_percent, is too little",
    source: "chosen; nobody publishes one",
  },
  disk_free_percent: {
    kind: "percent",
    usual: 5,
    about: "less free space, or free inodes, than this share is too little",
    source: "ext4 keeps 5 % for root",
  },
  inodes_free: {
    kind: "count",
    usual: 10_000,
    about: "fewer free inodes than this, and than disk_free_percent, are too few",
    source: "chosen; nobody publishes one",
  },
  descriptors_used: {
    kind: "percent",
    usual: 90,
    about: "share of the descriptors that a process, or the machine, may have",
    source: "chosen; nobody publishes one",
  },
  pids_used: {
    kind: "percent",
    usual: 90,
    about: "share of the tasks that a group, or the machine, may have",
    source: "chosen; nobody publishes one",
  },
  zombies: {
    kind: "count",
    usual: 20,
    about: "so many processes that ended and that their parents did not reap in the window",
    source: "chosen: a few are ordinary in programs that join their workers late",
  },
  stuck_for: {
    kind: "duration",
    usual: "10s",
    about: "so long in state D without running at all is stuck",
    source: "gpud takes five looks a minute apart; the kernel's own hung-task watch 120 s",
  },
  clock_jump: {
    kind: "duration",
    usual: "500ms",
    about: "so far may the wall clock move against the monotonic one",
    source: "chosen: ntpd and chrony slew at most 0.5 ms a second, and step above 128 ms",
  },
  server_answer: {
    kind: "duration",
    usual: "2s",
    about: "a server that takes so long to say how it is is slow",
    source: "chosen; usually it takes a few milliseconds",
  },
  baseline_throughput: {
    kind: "percent",
    usual: 20,
    about: "so much less throughput than the baseline's is worse",
    source: "chosen; nobody publishes one",
  },
  baseline_latency: {
    kind: "percent",
    usual: 25,
    about: "so much more latency than the baseline's is worse",
    source: "chosen; nobody publishes one",
  },
  baseline_clock: {
    kind: "percent",
    usual: 15,
    about: "so much lower clocks than the baseline's are worse",
    source: "chosen; nobody publishes one",
  },
  baseline_temperature: {
    kind: "celsius",
    usual: 10,
    about: "so much hotter than the baseline is worse",
    source: "chosen; nobody publishes one",
  },
  baseline_pressure: {
    kind: "percent",
    usual: 20,
    about: "so many points of pressure more than the baseline's are worse",
    source: "chosen; nobody publishes one",
  },
} as const satisfies Record<string, Threshold>;

export interface Threshold {
  /** Of the value: percent 0 to 100, bytes, milliseconds, degrees Celsius, or a number of things. */
  kind: "percent" | "bytes" | "duration" | "celsius" | "count";
  /** As it is written in the configuration. */
  usual: number | string;
  about: string;
  source: string;
}

export type ThresholdName = keyof typeof thresholds;
/** In the kind's unit. */
export type Thresholds = Readonly<Record<ThresholdName, number>>;
