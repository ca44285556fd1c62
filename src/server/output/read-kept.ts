import { keptFrom } from "./kept-from.ts";
import type { OutputFile } from "./output-file.ts";

/**
 * The bytes at `offset`, fewer at the end of the file. Null: the output quota dropped them while the reader
 * was behind. Inspected after the read: a hole made before it would be read as zeros.
 */
export async function readKept(
  file: OutputFile,
  offset: number,
  length: number,
  quotaBytes: number | null,
): Promise<Buffer | null> {
  const bytes = await file.read(offset, length);
  if (quotaBytes === null) return bytes;
  const size = (await file.size()) ?? 0;
  // Within the quota nothing is dropped.
  if (offset >= size - quotaBytes) return bytes;
  return (await keptFrom(file, quotaBytes)) > offset ? null : bytes;
}
