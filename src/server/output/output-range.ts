import { RefusalError } from "../../contract/problems.ts";
import type {
  OutputLog,
  OutputStream,
  Supervisor,
  WhichAttempt,
} from "../../supervisor/supervisor.ts";
import { valueOf } from "../answers.ts";
import { keptFrom } from "./kept-from.ts";
import type { OutputFiles } from "./output-files.ts";
import type { OutputQuery } from "./query.ts";
import { startOffset } from "./start-offset.ts";

export interface OutputRange {
  jobId: number;
  stream: OutputStream;
  which: WhichAttempt;
  /** The attempt whose log it begins in; 0: there is no attempt yet. */
  attempt: number;
  path: string;
  /** First byte asked for, or the first that the quota has left. */
  from: number;
  /** Directly before `from`: asked for, and dropped by the output quota. */
  droppedBytes: number;
  /** Null: everything is kept. */
  quotaBytes: number | null;
  /** In the middle of the requested lines: they begin further back than was searched. */
  isCut: boolean;
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
  files: OutputFiles,
  jobId: number,
  query: OutputQuery,
): Promise<OutputRange> {
  const { stream, lines = null, limit } = query;
  refuseBoth(query, "offset", "lines");
  refuseBoth(query, "attempt", "fromAttempt");
  const { log, which, offset } = await beginning(supervisor, files, jobId, query);
  const { path, complete } = log;
  const file = files.use(path);
  try {
    const size = await file.size();
    if (size === null && complete)
      throw new RefusalError({
        code: "no_output",
        details: { what: `Job ${jobId} never started, or its log was removed: ${path}` },
      });
    const begin = await startOffset(file, size ?? 0, { offset, lines });
    const job = await supervisor.show(jobId);
    const quotaBytes = job.ok ? job.value.spec.outputQuotaBytes : null;
    const kept = quotaBytes === null ? 0 : await keptFrom(file, quotaBytes);
    const overtaken = kept > begin.offset;
    // Lines that begin before what is left may begin anywhere before it.
    const droppedBytes = overtaken ? kept - (lines === null ? begin.offset : 0) : 0;
    const limitBytes = limit || null;
    return {
      jobId,
      stream,
      which,
      attempt: log.attempt ?? 0,
      path,
      from: Math.max(begin.offset, kept),
      droppedBytes,
      quotaBytes,
      isCut: begin.isCut && !overtaken,
      size: size ?? 0,
      limitBytes,
      complete: "exactly" in (which ?? {}) ? complete : (log.over ?? complete),
    };
  } finally {
    await files.release(file);
  }
}

/** The log that contains an offset, if it counts through the logs of several attempts. */
async function beginning(
  supervisor: Supervisor,
  files: OutputFiles,
  jobId: number,
  { stream, attempt, fromAttempt, offset: wanted }: OutputQuery,
): Promise<{ log: OutputLog; which: WhichAttempt; offset: number | null }> {
  const offset = wanted ?? null;
  if (fromAttempt === undefined) {
    const which = attempt === undefined ? null : { exactly: attempt };
    return { log: valueOf(await supervisor.output(jobId, stream, which)), which, offset };
  }
  let which = { atLeast: fromAttempt };
  if (offset === null) {
    return { log: valueOf(await supervisor.output(jobId, stream, which)), which, offset };
  }
  let left = offset;
  for (;;) {
    const log = valueOf(await supervisor.output(jobId, stream, which));
    const { next = null } = log;
    const sizeBytes = next === null ? Infinity : await sizeOf(files, log.path);
    if (next === null || left <= sizeBytes) return { log, which, offset: left };
    left -= sizeBytes;
    which = { atLeast: next };
  }
}

async function sizeOf(files: OutputFiles, path: string): Promise<number> {
  const file = files.use(path);
  try {
    return (await file.size()) ?? 0;
  } finally {
    await files.release(file);
  }
}

function refuseBoth(query: OutputQuery, one: keyof OutputQuery, other: keyof OutputQuery): void {
  if (query[one] === undefined || query[other] === undefined) return;
  throw new RefusalError({
    code: "invalid_request",
    details: { where: one, what: `use ${one} or ${other}, not both` },
  });
}
