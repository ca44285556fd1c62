import type { Job } from "../../client/client.ts";

export const nowMs = Date.UTC(2026, 10, 22, 14, 0, 0);

/** A running job, changed as a test needs it. */
export function sampleJob(
  changes: Partial<Omit<Job, "spec">> & { spec?: Partial<Job["spec"]> } = {},
): Job {
  const { spec, ...rest } = changes;
  return {
    id: 42,
    state: "running",
    reason: null,
    message: null,
    createdAtMs: nowMs - 65_000,
    startedAtMs: nowMs - 60_000,
    endedAtMs: null,
    waiting: null,
    attempt: null,
    limits: [],
    stopping: null,
    outcome: null,
    progress: null,
    retryOf: null,
    heldGpus: [],
    ...rest,
    spec: { ...sampleSpec, ...spec },
  };
}

const sampleSpec: Job["spec"] = {
  command: ["python3", "examples/train.py", "--lr", "0.1"],
  name: null,
  cwd: "/home/ada",
  envNames: ["HOME", "PATH"],
  tags: [],
  limitMs: null,
  graceMs: 30_000,
  leaseMs: null,
  leftovers: "stop",
  escaped: "report",
  container: null,
  stopSignal: "TERM",
  stopScope: "all",
  output: "joined",
  outputQuotaBytes: null,
  gpus: 0,
  priority: 0,
  held: false,
  cpus: null,
  nice: null,
  rlimits: {},
  retries: { max: 0, on: ["failed", "keeper_lost", "machine_restarted"], delayMs: 10_000 },
  limits: {
    memoryMaxBytes: null,
    memoryHighBytes: null,
    swapMaxBytes: null,
    cpuCores: null,
    cpuWeight: null,
    pidsMax: null,
    ioWeight: null,
  },
  strictLimits: false,
};

/** The same job after its end. */
export function endedJob(
  state: "succeeded" | "failed" | "cancelled" | "timed_out" | "lost",
  outcome: Partial<NonNullable<Job["outcome"]>> = {},
  changes: Parameters<typeof sampleJob>[0] = {},
): Job {
  const full = { code: 0, signal: null, reason: "exited" as const, leftovers: 0, ...outcome };
  return sampleJob({ state, reason: full.reason, endedAtMs: nowMs, outcome: full, ...changes });
}

export function stoppingJob(changes: Partial<NonNullable<Job["stopping"]>> = {}): Job {
  const survivor = { state: "S", waitChannel: null, denied: false, stack: null, obstacle: null };
  return sampleJob({
    state: "stopping",
    reason: "cancel",
    stopping: {
      phase: "terminating",
      stopAgeMs: 4000,
      killInMs: 26_000,
      total: 14,
      left: 3,
      survivors: [
        { ...survivor, pid: 812, command: "python3" },
        { ...survivor, pid: 813, command: "python3" },
        { ...survivor, pid: 820, command: "loader" },
      ],
      stuck: false,
      container: null,
      gpus: [],
      ...changes,
    },
  });
}
