/** Why a process is suspected, strongest first. In a file without schemas, which the command line does not load. */
export const orphanClasses = [
  "state-folder-gone",
  "left-by-job",
  "left-by-other-runner",
  "parent-gone",
  "gpu-without-owner",
  "cpu-without-session",
] as const;
export type OrphanClass = (typeof orphanClasses)[number];

/** Those that a watch may be told to reap by itself. The others are never more than a hint. */
export const automaticClasses = ["left-by-job", "left-by-other-runner", "parent-gone"] as const;
