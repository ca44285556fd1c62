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

/** Classes that a watch can be configured to reap automatically. The others are only hints. */
export const automaticClasses = ["left-by-job", "left-by-other-runner", "parent-gone"] as const;
