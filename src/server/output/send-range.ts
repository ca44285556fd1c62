import type { StreamWriter } from "../stream-writer.ts";
import { chunkBytes } from "./follow-log.ts";
import type { OutputFiles } from "./output-files.ts";
import type { OutputRange } from "./output-range.ts";
import { readKept } from "./read-kept.ts";

/**
 * Sends the bytes from `from` to `to`. Throws when the file has fewer by now: the length was promised. Breaks
 * the answer when the output quota drops what comes next: the reader asks again, and gets what is left.
 */
export async function sendRange(
  files: OutputFiles,
  { path, from, quotaBytes }: Pick<OutputRange, "path" | "from" | "quotaBytes">,
  to: number,
  writer: StreamWriter,
): Promise<void> {
  const file = files.use(path);
  try {
    for (let offset = from; offset < to && !writer.gone;) {
      const bytes = await readKept(file, offset, Math.min(chunkBytes, to - offset), quotaBytes);
      if (bytes === null) {
        writer.cut();
        return;
      }
      if (bytes.length === 0) throw new Error(`${path} was cut short`);
      await writer.write(bytes);
      offset += bytes.length;
    }
  } finally {
    await files.release(file);
  }
}
