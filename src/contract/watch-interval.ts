/** Between two rounds of a watch. In a file without schemas, which the command line does not load. */
export const watchIntervalMs = { least: 1000, most: 3_600_000, default: 30_000 };
