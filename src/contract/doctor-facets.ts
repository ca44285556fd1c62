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
