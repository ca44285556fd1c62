import type { Severity } from "./doctor-severities.ts";

/** What the doctor examines. A facet is measured, or reported as not measured with the reason. */
export const facetNames = [
  "server",
  "store",
  "processes",
  "orphans",
  "gpu-driver",
  "gpu-memory",
  "gpu-throttling",
  "cpu",
  "cpu-heat",
  "temperature",
  "memory",
  "io",
  "disk",
  "descriptors",
  "pids",
  "ports",
  "zombies",
  "stuck",
  "clock",
  "throughput",
] as const;
export type FacetName = (typeof facetNames)[number];

export const doctorConfidences = ["proven", "likely", "weak"] as const;

interface VerdictDefinition {
  facet: FacetName;
  severity: Severity;
  /** What it reports. */
  means: string;
  /** The evidence that it needs. */
  needs: string;
  /** What is similar and is not reported. */
  not: string;
}

/** Every verdict. In a file without schemas; the reference page is tested against it. */
export const verdicts = {
  "server-down": {
    facet: "server",
    severity: "warning",
    means: "no server runs; jobs continue, nothing new starts",
    needs: "no process answers on the socket, twice",
    not: "a server that recovers or starts up",
  },
  "server-hangs": {
    facet: "server",
    severity: "critical",
    means: "the server runs and does not answer, or answers with an error",
    needs: "no answer within its time, or an error",
    not: "a server that was stopped",
  },
  "server-slow": {
    facet: "server",
    severity: "warning",
    means: "the server is slow to answer",
    needs: "every answer took longer than server_answer",
    not: "one slow answer",
  },
  "server-warns": {
    facet: "server",
    severity: "warning",
    means: "the server reports a warning",
    needs: "a warning in its health",
    not: "",
  },
  "store-damaged": {
    facet: "store",
    severity: "critical",
    means:
      "the database is damaged, lacks acknowledged commits, or is missing or empty beside attempts or a journal",
    needs:
      "SQLite's own check fails, the journal has later commits, or attempts without a database",
    not: "a state folder that was never used",
  },
  "keeper-missing": {
    facet: "processes",
    severity: "critical",
    means: "a job runs without its keeper: its limits are not enforced",
    needs: "the keeper's pid is gone at both ends while the job's process lives",
    not: "a job that ended between the samples",
  },
  "process-missing": {
    facet: "processes",
    severity: "critical",
    means: "a job is reported as running and none of its processes lives",
    needs: "neither keeper nor process at both ends, and the job still running",
    not: "a job that ended between the samples",
  },
  "orphan-worker": {
    facet: "orphans",
    severity: "warning",
    means: "processes were left behind",
    needs: "a suspect that is proven or likely, as holdfast orphans finds it",
    not: "weak suspects, and those that are waiting",
  },
  "gpu-probe-unavailable": {
    facet: "gpu-driver",
    severity: "critical",
    means: "there is a GPU, and its driver does not answer or does not match the library",
    needs: "a refusal, a crash or a hang of the probe, with its code",
    not: "a machine without a GPU",
  },
  "gpu-fault": {
    facet: "gpu-driver",
    severity: "critical",
    means: "a GPU reported an error after which it has to be reset",
    needs: "an Xid of 48 74 79 95 119 120 140",
    not: "Xids that a faulty program causes",
  },
  "gpu-lingering-inherited": {
    facet: "gpu-memory",
    severity: "warning",
    means: "the GPU memory of an ended process is held by a process that inherited its descriptor",
    needs: "the driver lists a pid that has ended in two samples 2 s apart, and live holders",
    not: "pids of another PID namespace",
  },
  "gpu-lingering-unowned": {
    facet: "gpu-memory",
    severity: "warning",
    means: "GPU memory is in use and no process holds it",
    needs:
      "more than gpu_lingering beyond all holders in three samples, no process has the device open",
    not: "shared memory, MIG, MPS, an incomplete search for holders",
  },
  "gpu-thermal": {
    facet: "gpu-throttling",
    severity: "warning",
    means: "a GPU is slowed down for heat",
    needs: "its thermal counters grew by gpu_thermal, or thermal bits in three of five samples",
    not: "the hardware-slowdown bit alone, an idle GPU",
  },
  "gpu-power-fault": {
    facet: "gpu-throttling",
    severity: "critical",
    means: "a GPU is slowed down because its power supply requires it",
    needs: "the power-brake bit or counter",
    not: "the software power cap",
  },
  "gpu-power-limited": {
    facet: "gpu-throttling",
    severity: "info",
    means: "a GPU runs at its power limit, with lower clocks",
    needs: "the cap held for gpu_power_cap of the window and the clock below gpu_clock",
    not: "the cap alone",
  },
  "gpu-hot": {
    facet: "gpu-throttling",
    severity: "info",
    means: "a GPU is about to be slowed down for heat",
    needs: "its margin is below gpu_margin",
    not: "",
  },
  "cpu-contention": {
    facet: "cpu",
    severity: "warning",
    means: "more tasks are ready to run than there are CPUs",
    needs: "cpu_pressure reached, and less than cpu_idle idle",
    not: "tasks that a quota or an affinity holds back while CPUs are idle",
  },
  "cpu-held-back": {
    facet: "cpu",
    severity: "info",
    means: "tasks wait although CPUs are idle: a quota or an affinity holds them",
    needs: "cpu_pressure reached while more than cpu_idle is idle",
    not: "",
  },
  "cpu-quota": {
    facet: "cpu",
    severity: "warning",
    means: "a group is repeatedly stopped by its own CPU limit",
    needs: "cpu_throttled of its periods",
    not: "",
  },
  "cpu-stolen": {
    facet: "cpu",
    severity: "warning",
    means: "the host of this virtual machine gives its CPUs to other guests",
    needs: "cpu_stolen of the CPU time",
    not: "",
  },
  "cpu-thermal": {
    facet: "cpu-heat",
    severity: "warning",
    means: "CPUs are slowed down for heat",
    needs: "their throttle time grew by cpu_thermal of the window",
    not: "throttling before the window",
  },
  "machine-hot": {
    facet: "temperature",
    severity: "warning",
    means: "a sensor is near its critical point",
    needs: "within temperature_margin of it at both ends",
    not: "sensors without a critical point",
  },
  "memory-contention": {
    facet: "memory",
    severity: "warning",
    means: "tasks wait for memory",
    needs: "memory_full or memory_some",
    not: "memory that is full of caches",
  },
  "oom-kill": {
    facet: "memory",
    severity: "critical",
    means: "the kernel killed a process for memory",
    needs: "its counter grew in the window",
    not: "kills before the window",
  },
  "io-contention": {
    facet: "io",
    severity: "warning",
    means: "tasks wait for disks",
    needs: "io_full over the window; certain after 60 s",
    not: "",
  },
  "disk-full": {
    facet: "disk",
    severity: "critical",
    means: "a file system that is needed is full",
    needs: "less than disk_free and disk_free_percent left",
    not: "a large disk of which a small share is left",
  },
  "inodes-full": {
    facet: "disk",
    severity: "critical",
    means: "a file system that is needed has too few free inodes",
    needs: "fewer than inodes_free and disk_free_percent left",
    not: "file systems that do not count inodes",
  },
  "few-descriptors": {
    facet: "descriptors",
    severity: "warning",
    means: "a process, or the machine, can hardly open another file",
    needs: "descriptors_used of the limit",
    not: "",
  },
  "few-pids": {
    facet: "pids",
    severity: "warning",
    means: "a group, or the machine, can hardly start another task",
    needs: "pids_used of the limit, or a refused fork in the window",
    not: "",
  },
  "port-conflict": {
    facet: "ports",
    severity: "warning",
    means: "another process listens on an expected port",
    needs: "a listener that does not belong to the expected job, at both ends",
    not: "the job's own listener",
  },
  "port-unheld": {
    facet: "ports",
    severity: "warning",
    means: "no process listens on a port on which the job should",
    needs: "a job was named, and no listener at either end",
    not: "an examination of the whole machine, where no process has to listen",
  },
  zombies: {
    facet: "zombies",
    severity: "warning",
    means: "ended processes are not reaped by their parents",
    needs: "at least zombies of them, the same ones at both ends",
    not: "a zombie whose other threads live",
  },
  "stuck-process": {
    facet: "stuck",
    severity: "warning",
    means: "a process hangs in the kernel, where no signal ends it",
    needs: "state D in every sample for stuck_for, without running in between",
    not: "a process that waits for a disk and then continues",
  },
  "clock-jump": {
    facet: "clock",
    severity: "warning",
    means: "the wall clock was set",
    needs: "it moved against the monotonic clock by clock_jump",
    not: "slewing",
  },
  "clock-unsynchronised": {
    facet: "clock",
    severity: "info",
    means: "the wall clock is not synchronised",
    needs: "a report of the time service",
    not: "a machine without a time service: that is not measured",
  },
  "worse-than-baseline": {
    facet: "throughput",
    severity: "warning",
    means: "a measurement is worse than in the baseline",
    needs: "a baseline, and a difference beyond the baseline_ threshold of that figure",
    not: "figures without a direction",
  },
} as const satisfies Record<string, VerdictDefinition>;

export type VerdictName = keyof typeof verdicts;
export const verdictNames = Object.keys(verdicts) as [VerdictName, ...VerdictName[]];
