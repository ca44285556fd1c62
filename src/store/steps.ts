/**
 * Everything that is ever committed, by name. A commit has to say which it is, so a new durable
 * step has failpoints (`NAME.before`, `NAME.inside`, `NAME.after`) from its first day, and the
 * crash tests, which go through this list, ask for its case.
 */
export const commitSteps = [
  /** An accepted job, with its Idempotency-Key. */
  "submit",
  /** A request to stop, or the end of a job that never started. */
  "cancel",
  "hold",
  "release",
  /** Intent to launch: the attempt, and `starting`. */
  "starting",
  /** Groups or limits that did not come out as planned. Provoked by removing a version 1 root. */
  "contained",
  /** The keeper's claim, and `running`. */
  "running",
  /** The attempt's processes that use its GPUs, and how much. */
  "gpu-seen",
  "paused",
  "resumed",
  /** A stop without a request to this server: time limit, or leftovers of the main process. */
  "stopping",
  /** A lost keeper's survivors are going to be stopped: exit records are ignored from now on. */
  "distrusted",
  /** They are being stopped. */
  "sweeping",
  /** Outcome, receipt and terminal state. */
  "end",
  /** Outcome and receipt of an attempt that is to be followed by another: back into the queue. */
  "again",
  /** A launch that never executed: back into the queue, or failed. */
  "unlaunched",
  /** An ended job is forgotten. */
  "remove",
  /** Secrets of jobs that ended while they were kept: once, when a server of this version starts. */
  "secrets",
  /** How much time has passed, before anything is forgotten for its age. */
  "passed-time",
] as const;

export type CommitStep = (typeof commitSteps)[number];
