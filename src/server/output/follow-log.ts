import type {
  OutputLog,
  OutputStream,
  Supervisor,
  WhichAttempt,
} from "../../supervisor/supervisor.ts";
import { valueOf } from "../answers.ts";
import type { Bell } from "../bell.ts";
import type { OutputFile } from "./output-file.ts";
import type { OutputFiles } from "./output-files.ts";
import { readKept } from "./read-kept.ts";

export const chunkBytes = 64 * 1024;

export interface Followed {
  supervisor: Supervisor;
  files: OutputFiles;
  jobId: number;
  stream: OutputStream;
  /** Not `exactly`: also the attempts that follow it. */
  which: WhichAttempt;
  /** First byte. */
  from: number;
  /** Null: all. */
  limitBytes: number | null;
  /** Null: everything is kept. */
  quotaBytes: number | null;
  /** Rung when the reader is gone; rung here when there may be more. */
  bell: Bell;
  gone: () => boolean;
  /** The output quota dropped what the reader would get next. The chunks end then. */
  onDropped: () => void;
}

export interface Chunk {
  offset: number;
  bytes: Buffer;
}

/**
 * The content of a job's log from `from` on, and what is appended, until the job has ended and
 * everything was returned, the reader is gone or the quota has overtaken it. The next chunk is read when the previous one was taken.
 */
export async function* followLog(followed: Followed): AsyncGenerator<Chunk> {
  const { supervisor, files, jobId, bell, gone } = followed;
  // Only an event of the job can end it or move its log: growth alone needs no query.
  let log: OutputLog | null = null;
  let isStale = true;
  let file: OutputFile | null = null;
  const unsubscribe = supervisor.subscribe(jobId, () => {
    isStale = true;
    file?.checkAgain();
    bell.ring();
  });
  let unfollow: (() => void) | null = null;
  let offset = followed.from;
  let { which } = followed;
  const goesOn = which === null || !("exactly" in which);
  let left = followed.limitBytes ?? Number.POSITIVE_INFINITY;
  try {
    for (;;) {
      // Asked before the size: when the job has ended by now, the size that follows is the last.
      if (log === null || isStale) {
        // Before the question: what happens while it is answered makes the answer stale.
        isStale = false;
        log = await currentLog(followed, which, file);
      }
      const { path, complete, attempt, next = null, over = complete }: OutputLog = log;
      // From here on one after the other, however fast they follow each other. `atLeast`: this one may
      // turn out never to have been claimed, and is then no attempt with a log any more.
      if (goesOn && typeof attempt === "number") which = { atLeast: attempt };
      else if (attempt === null && which === null) which = { atLeast: 0 };
      const moved = file !== null && file.path !== path;
      if (file === null) {
        file = files.use(path);
        unfollow = file.follow(() => bell.ring());
      }
      const size: number = (await file.size()) ?? 0;
      if (size < offset) throw new Error(`${file.path} was cut short`);
      while (offset < size && left > 0) {
        if (gone()) return;
        const length = Math.min(chunkBytes, size - offset, left);
        const bytes = await readKept(file, offset, length, followed.quotaBytes);
        if (bytes === null) {
          followed.onDropped();
          return;
        }
        if (bytes.length === 0) throw new Error(`${file.path} was cut short`);
        yield { offset, bytes };
        offset += bytes.length;
        left -= bytes.length;
      }
      if (gone() || left <= 0) return;
      if (moved) {
        // A new attempt writes to a new log; the old one has been returned to its end.
        unfollow?.();
        await files.release(file);
        file = null;
        offset = 0;
        continue;
      }
      if (complete && goesOn && next !== null) {
        which = { atLeast: next };
        isStale = true;
        continue;
      }
      if (complete && (over || !goesOn)) return;
      await bell.wait();
    }
  } finally {
    unsubscribe();
    unfollow?.();
    if (file !== null) await files.release(file);
  }
}

/** A job that was removed while its output was read has ended: what is still open is all there is. */
async function currentLog(
  { supervisor, jobId, stream }: Followed,
  which: WhichAttempt,
  file: OutputFile | null,
): Promise<OutputLog> {
  const asked = await supervisor.output(jobId, stream, which);
  if (!asked.ok && file !== null) return { path: file.path, complete: true };
  return valueOf(asked);
}
