/** Why a process is suspected, strongest first. In a file without schemas, which the command line does not load. */
export const orphanClasses = [
  "left-by-job",
  "left-by-other-runner",
  "parent-gone",
  "gpu-without-owner",
  "cpu-without-session",
] as const;
export type OrphanClass = (typeof orphanClasses)[number];
