import type { OutputFile } from "./output-file.ts";

const probeBytes = 64 * 1024;
/** The keeper punches whole blocks of this size. */
const blockBytes = 4096;

/**
 * Where the bytes begin that an output quota has left; 0: none are known to be missing.
 *
 * The keeper punches a hole from the start of the log to some block before the last `quotaBytes`.
 * As the hole is at the start alone, it has as many bytes as are not allocated, less what the last block
 * has beyond the end. A file system that compresses allocates less as well, so what lies before the place
 * has to be zeros, too. One with larger blocks keeps some that are zeroed: these are skipped.
 */
export async function keptFrom(file: OutputFile, quotaBytes: number): Promise<number> {
  const extent = await file.extent();
  if (extent === null) return 0;
  const { sizeBytes, allocatedBytes } = extent;
  const latest = sizeBytes - quotaBytes;
  const from = Math.min(latest, sizeBytes - allocatedBytes);
  if (from <= 0) return 0;
  const start = Math.max(0, from - probeBytes);
  const around = await file.read(start, from + probeBytes - start);
  if (!isZero(around.subarray(0, from - start))) return 0;
  let kept = Math.min(latest, Math.ceil(from / blockBytes) * blockBytes);
  while (kept + blockBytes <= latest) {
    const block = around.subarray(kept - start, kept - start + blockBytes);
    if (block.length < blockBytes || !isZero(block)) break;
    kept += blockBytes;
  }
  return kept;
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
