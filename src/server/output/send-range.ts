import type { PatientWriter } from "../patient-writer.ts";
import { chunkBytes } from "./follow-log.ts";
import type { LogFiles } from "./log-files.ts";

/** Sends the bytes from `from` to `to`. Throws when the file has fewer by now: the length was promised. */
export async function sendRange(
  files: LogFiles,
  path: string,
  from: number,
  to: number,
  writer: PatientWriter,
): Promise<void> {
  const file = files.use(path);
  try {
    for (let offset = from; offset < to && !writer.gone;) {
      const bytes = await file.read(offset, Math.min(chunkBytes, to - offset));
      if (bytes.length === 0) throw new Error(`${path} was cut short`);
      await writer.write(bytes);
      offset += bytes.length;
    }
  } finally {
    await files.release(file);
  }
}
