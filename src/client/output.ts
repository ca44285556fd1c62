import type { IncomingMessage } from "node:http";
import { open } from "./call.ts";
import { isPassing, defaultTimeoutMs, type Following } from "./following.ts";
import { connectionRefusal, type Connection } from "./http.ts";
import { RetryDelays } from "./retry-delays.ts";

export interface OutputWanted extends Following {
  stream?: "stdout" | "stderr";
  /** Only this attempt. Without this and `fromAttempt`: the last one, and those that follow it. */
  attempt?: number;
  /** This attempt and those that follow it; 0: from the first on. */
  fromAttempt?: number;
  /** First byte; a negative number counts from the end. Not together with `lines`. */
  offset?: number;
  /** Start with the last N lines. */
  lines?: number;
  /** Maximum number of bytes; 0: no limit. */
  limit?: number;
  /** The requested lines begin before `offset`: they are longer than the range that the server searches. */
  onCut?: (offset: number) => void;
  /** An output quota dropped these bytes of the log, which would come next. */
  onDropped?: (dropped: DroppedOutput) => void;
  /** Follow the output until the job has ended. */
  follow?: boolean;
}

/** From the first byte that was dropped to the first that is left. */
export interface DroppedOutput {
  from: number;
  to: number;
}

export interface OutputChunk {
  /** Position of the first byte in the log. */
  offset: number;
  bytes: Buffer;
}

/**
 * A job's output, byte for byte. Reads as fast as the caller consumes it. A broken connection is
 * resumed at the next byte. Throws RefusalError, or the abort.
 */
export async function* readOutput(
  connection: Connection,
  id: number,
  wanted: OutputWanted = {},
): AsyncGenerator<OutputChunk> {
  const { signal } = wanted;
  const delays = new RetryDelays(connection, wanted.timeoutMs ?? defaultTimeoutMs);
  let next: number | null = null;
  let fromAttempt: number | null = wanted.fromAttempt ?? null;
  let left = wanted.limit || null;
  let broken = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer: IncomingMessage = await open(connection, "readOutput", {
        path: { id },
        query: { ...start(wanted, next, fromAttempt), ...(left === null ? {} : { limit: left }) },
        ...(signal === undefined ? {} : { signal }),
      });
      delays.worked();
      if (broken) wanted.onResumed?.();
      broken = false;
      if (next === null && answer.headers["holdfast-cut"] === "true")
        wanted.onCut?.(Number(answer.headers["holdfast-offset"]));
      next = Number(answer.headers["holdfast-offset"]);
      fromAttempt = Number(answer.headers["holdfast-attempt"] ?? 0);
      const dropped = Number(answer.headers["holdfast-dropped"] ?? 0);
      if (dropped > 0) wanted.onDropped?.({ from: next - dropped, to: next });
      for await (const bytes of chunks(connection.socket, answer)) {
        const offset: number = next;
        // Counted before the caller has it, so that no byte is requested twice.
        next += bytes.length;
        if (left !== null) left -= bytes.length;
        yield { offset, bytes };
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (left === 0) return;
      broken = true;
      wanted.onBroken?.(error);
      await delays.after(error, signal);
    }
  }
}

function start(wanted: OutputWanted, next: number | null, fromAttempt: number | null) {
  const { stream, attempt, follow, offset, lines } = wanted;
  return {
    ...(stream === undefined ? {} : { stream }),
    ...(attempt !== undefined ? { attempt } : fromAttempt !== null ? { fromAttempt } : {}),
    ...(follow === undefined ? {} : { follow }),
    ...(next !== null ? { offset: next } : definedOnly({ offset, lines })),
  };
}

function definedOnly(values: { offset: number | undefined; lines: number | undefined }) {
  return {
    ...(values.offset === undefined ? {} : { offset: values.offset }),
    ...(values.lines === undefined ? {} : { lines: values.lines }),
  };
}

async function* chunks(socket: string, answer: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  try {
    for await (const bytes of answer) yield bytes as Buffer;
  } catch (error) {
    throw connectionRefusal(socket, error);
  }
}
