import type { components } from "./api-types.ts";
import { open } from "./call.ts";
import { isPassing, defaultTimeoutMs, type Following } from "./following.ts";
import { connectionRefusal, type Connection } from "./http.ts";
import { RetryDelays } from "./retry-delays.ts";
import { messages } from "./sse-messages.ts";

export type WatchEvent = components["schemas"]["OrphanWatchEvent"];

/** A new watch, or the events of the server's own watch. */
export type WatchWanted = Following &
  ({ of: "own"; intervalMs: number; dryRun: boolean; allUsers: boolean } | { of: "server" });

/**
 * The events of a watch, without end. After a broken connection a new watch begins, which has seen no
 * process yet. Throws RefusalError, or the abort.
 */
export async function* watchOrphans(
  connection: Connection,
  wanted: WatchWanted,
): AsyncGenerator<WatchEvent, never> {
  const { signal } = wanted;
  const delays = new RetryDelays(connection, wanted.timeoutMs ?? defaultTimeoutMs);
  let broken = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await begin(connection, wanted);
      delays.worked();
      if (broken) wanted.onResumed?.();
      broken = false;
      for await (const { data } of messages(connection.socket, answer))
        if (data !== null) yield JSON.parse(data) as WatchEvent;
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

function begin(connection: Connection, wanted: WatchWanted) {
  const ending = wanted.signal === undefined ? {} : { signal: wanted.signal };
  if (wanted.of === "server") return open(connection, "followOrphanWatch", ending);
  const { intervalMs, dryRun, allUsers } = wanted;
  return open(connection, "watchOrphans", { query: { intervalMs, dryRun, allUsers }, ...ending });
}
