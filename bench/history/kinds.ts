import type { Reason } from "../../src/job/reasons.ts";
import type { JobSpec } from "../../src/job/spec.ts";
import { unlimited } from "../../src/job/limits.ts";
import { inheritedByDefault } from "../../src/job/inherited.ts";
import { defaultCauses } from "../../src/job/retries.ts";

/** How one attempt ends, and how long before. */
export interface AttemptEnd {
  reason: Reason;
  code: number | null;
  signal: number | null;
  ranMs: number;
  /** Processes in its receipt. */
  processes: number;
  outputBytes: number;
}

/** One job of the history: everything about it follows from its place in it. */
export interface JobKind {
  spec: JobSpec;
  /** Idempotency-Key. */
  key: string | null;
  /** None: it was cancelled in the queue. */
  attempts: AttemptEnd[];
}

const exited: AttemptEnd = {
  reason: "exited",
  code: 0,
  signal: null,
  ranMs: 4000,
  processes: 1,
  outputBytes: 600,
};
const failed: AttemptEnd = { ...exited, code: 1, ranMs: 900 };
const stopped = { ...exited, code: null, signal: 15, processes: 4 };

/** Of 20 consecutive jobs: 13 succeed, 2 of them after a retry; all other ends occur as well. */
export function kindOf(index: number): JobKind {
  const turn = index % 20;
  const spec = specOf(index);
  const key = turn % 10 === 9 ? `bench-${index}` : null;
  const kind = (...attempts: AttemptEnd[]): JobKind => ({ spec, key, attempts });
  switch (turn) {
    case 3:
    case 13:
      return kind(failed);
    case 5:
      return kind(failed, { ...exited, ranMs: 60_000 });
    case 7:
      return kind({ ...stopped, reason: "cancel" });
    case 11:
      return kind();
    case 15:
      return kind({ ...stopped, reason: "time_limit", ranMs: 120_000 });
    case 17:
      return kind({ ...exited, reason: "keeper_lost", code: null });
    // One in a hundred is a tree of processes.
    case 19:
      return kind({ ...exited, processes: index % 100 === 99 ? 60 : 1, outputBytes: 9000 });
    default:
      return kind(exited);
  }
}

/** Half of the jobs share their specification with others; half have a name or an argument of their own. */
function specOf(index: number): JobSpec {
  const isOwn = index % 2 === 1;
  return {
    command: isOwn
      ? ["python3", "train.py", "--seed", String(index)]
      : ["python3", "evaluate.py", "--shard", String(index % 64)],
    name: isOwn ? `train-${index}` : "evaluate",
    cwd: "/srv/experiments/vision",
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      HOME: "/home/researcher",
      LANG: "C.UTF-8",
      PYTHONPATH: "/srv/experiments/vision/src",
      // Removed when the job ends.
      ...(index % 10 === 1 ? { WANDB_API_KEY: `key-${index}` } : {}),
    },
    tags: [`sweep-${Math.floor(index / 1000)}`, ...(index % 4 === 0 ? ["nightly"] : [])],
    limitMs: 120_000,
    graceMs: 10_000,
    leaseMs: null,
    leftovers: "stop",
    escaped: "report",
    stopSignal: "TERM",
    stopScope: "main-first",
    output: "joined",
    outputQuotaBytes: null,
    gpus: 0,
    priority: index % 3,
    held: false,
    container: null,
    limits: unlimited,
    strictLimits: false,
    cpus: null,
    nice: null,
    rlimits: {},
    inherited: inheritedByDefault,
    retries: { max: index % 20 === 5 ? 1 : 0, on: [...defaultCauses], delayMs: 10_000 },
  };
}
