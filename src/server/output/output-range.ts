import { RefusalError } from "../../contract/problems.ts";
import type { OutputStream, Supervisor } from "../../supervisor/supervisor.ts";
import { valueOf } from "../answers.ts";
import { keptFrom } from "./kept-from.ts";
import type { LogFiles } from "./log-files.ts";
import type { OutputQuery } from "./query.ts";
import { startOffset } from "./start-offset.ts";

export interface OutputRange {
  jobId: number;
  stream: OutputStream;
  /** Null: the last one. */
  attempt: number | null;
  path: string;
  /** First byte asked for, or the first that the quota has left. */
  from: number;
  /** Of the log as of now. */
  size: number;
  /** Null: all. */
  limitBytes: number | null;
  /** Nothing will be appended any more. */
  complete: boolean;
}

/** What a query means for the log as it is now. Throws RefusalError. */
export async function outputRange(
  supervisor: Supervisor,
  files: LogFiles,
  jobId: number,
  query: OutputQuery,
): Promise<OutputRange> {
  const { stream, attempt = null, offset = null, lines = null, limit } = query;
  if (offset !== null && lines !== null)
    throw new RefusalError({
      code: "invalid_request",
      details: { where: "offset", what: "use offset or lines, not both" },
    });
  const { path, complete } = valueOf(supervisor.output(jobId, stream, attempt));
  const file = files.use(path);
  try {
    const size = await file.size();
    if (size === null && complete)
      throw new RefusalError({
        code: "no_output",
        details: { what: `Job ${jobId} never started, or its log was removed: ${path}` },
      });
    const asked = await startOffset(file, size ?? 0, { offset, lines });
    const job = supervisor.show(jobId);
    const quotaBytes = job.ok ? job.value.spec.outputQuotaBytes : null;
    const from = quotaBytes === null ? asked : Math.max(asked, await keptFrom(file, quotaBytes));
    const limitBytes = limit || null;
    return { jobId, stream, attempt, path, from, size: size ?? 0, limitBytes, complete };
  } finally {
    await files.release(file);
  }
}
