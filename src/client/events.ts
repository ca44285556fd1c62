import type { JobEvent } from "../contract/event.ts";
import { open } from "./call.ts";
import type { Job } from "./client.ts";
import { isPassing, defaultTimeoutMs, type Following } from "./following.ts";
import { connectionRefusal, type Connection } from "./http.ts";
import { RetryDelays } from "./retry-delays.ts";
import { messages } from "./sse-messages.ts";

export interface EventsWanted extends Following {
  /** Only of this job. */
  jobId?: number;
  /** Begin with the stored events with a larger seq. Default: only new events. */
  after?: number;
  /** Together with `jobId`: each stored event brings the job as it is by then. */
  withJob?: boolean;
}

/** `job`: with `withJob`, unless the job was removed since. */
export type FollowedEvent = JobEvent & { job?: Job };

/**
 * Events as they happen, without end. A broken connection is resumed after the last event seen: none
 * is lost or repeated, except transient ones (seq null). Throws RefusalError, or the abort.
 */
export async function* followEvents(
  connection: Connection,
  wanted: EventsWanted = {},
): AsyncGenerator<FollowedEvent, never> {
  const { signal } = wanted;
  const delays = new RetryDelays(connection, wanted.timeoutMs ?? defaultTimeoutMs);
  let lastId = wanted.after;
  let broken = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await open(connection, "streamEvents", {
        query: {
          ...(wanted.jobId === undefined ? {} : { job: wanted.jobId }),
          ...(wanted.withJob === true ? { withJob: "true" as const } : {}),
        },
        // Unlike `after`, this is never refused: what is gone belonged to jobs that are gone.
        headers: lastId === undefined ? {} : { "last-event-id": String(lastId) },
        ...(signal === undefined ? {} : { signal }),
      });
      delays.worked();
      if (broken) wanted.onResumed?.();
      broken = false;
      for await (const message of messages(connection.socket, answer)) {
        if (message.id !== null) lastId = Number(message.id);
        if (message.data !== null && message.event !== "gone")
          yield JSON.parse(message.data) as FollowedEvent;
      }
      throw connectionRefusal(connection.socket, new Error("the server closed the stream"));
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      broken = true;
      wanted.onBroken?.(error);
      await delays.after(error, signal);
    }
  }
}
