import type { LogFile } from "./log-file.ts";

const probeBytes = 64 * 1024;

/**
 * Where the bytes begin that an output quota has left; 0: none are known to be missing.
 *
 * The keeper punches a hole from the start of the log to some block before the last `quotaBytes`.
 * As the hole is at the start alone, it has as many bytes as are not allocated. A file system that
 * compresses allocates less as well, so what lies before the place has to be zeros, too.
 */
export async function keptFrom(file: LogFile, quotaBytes: number): Promise<number> {
  const extent = await file.extent();
  if (extent === null) return 0;
  const { sizeBytes, allocatedBytes } = extent;
  const from = Math.min(sizeBytes - quotaBytes, sizeBytes - allocatedBytes);
  if (from <= 0) return 0;
  const start = Math.max(0, from - probeBytes);
  const before = await file.read(start, from - start);
  return before.every((byte) => byte === 0) ? from : 0;
}
