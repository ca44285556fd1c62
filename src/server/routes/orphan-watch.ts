import { createRoute, z } from "@hono/zod-openapi";
import { watchEvent, type WatchEvent } from "../../contract/orphan-watch.ts";
import { RefusalError } from "../../contract/problems.ts";
import { watchIntervalMs } from "../../contract/watch-interval.ts";
import { refused, valueOf } from "../answers.ts";
import { Bell } from "../bell.ts";
import type { OpenStreams } from "../open-streams.ts";
import type { App, ServerParts } from "../parts.ts";
import type { StreamWriter } from "../stream-writer.ts";
import { frame, sseHeaders, startHeartbeat } from "../sse.ts";

/** How far a reader may fall behind. */
const mostQueued = 1000;

const flag = z
  .enum(["true", "false"])
  .default("false")
  .transform((word) => word === "true")
  .openapi({ type: "boolean" });

const stream = {
  200: {
    description: "OrphanWatchEvent, without end",
    content: { "text/event-stream": { schema: z.string() } },
  },
  ...refused,
};

const watchRoute = createRoute({
  method: "get",
  path: "/api/v1/orphans/watch",
  operationId: "watchOrphans",
  summary: "Look for orphans again and again, as server-sent events",
  description:
    "A separate watch for as long as the connection lasts. Automatically reaps what " +
    "`orphans.watch_reap` names, unless `dryRun`.",
  request: {
    query: z.object({
      intervalMs: z
        .string()
        .regex(/^\d{1,8}$/, "milliseconds")
        .transform(Number)
        .pipe(z.int().min(watchIntervalMs.least).max(watchIntervalMs.most))
        .optional()
        .openapi({
          type: "integer",
          minimum: watchIntervalMs.least,
          maximum: watchIntervalMs.most,
        }),
      dryRun: flag,
      allUsers: flag,
    }),
  },
  responses: stream,
});

const followRoute = createRoute({
  method: "get",
  path: "/api/v1/orphans/watch/events",
  operationId: "followOrphanWatch",
  summary: "What the server's own watch reports, as server-sent events",
  description: "Refused where `orphans.watch` is off. Starts now.",
  responses: stream,
});

export function addOrphanWatch(
  app: App,
  { orphans, standingWatch, clock }: ServerParts,
  streams: OpenStreams,
): void {
  // The generator does not see what a stream contains.
  app.openAPIRegistry.register("OrphanWatchEvent", watchEvent);

  app.openapi(watchRoute, (c) => {
    const { intervalMs = watchIntervalMs.default, dryRun, allUsers } = c.req.valid("query");
    const end = new AbortController();
    const queue = new Queue();
    // Refused before the answer has begun.
    void valueOf(
      orphans.watch({ intervalMs, dryRun, allUsers }, (event) => queue.put(event), end.signal),
    );
    return streams.answer(
      c,
      sseHeaders,
      (writer) => send(writer, queue, clock),
      () => end.abort(),
    );
  });

  app.openapi(followRoute, (c) => {
    if (standingWatch === null) throw new RefusalError({ code: "not_watching", details: {} });
    const queue = new Queue();
    const leave = standingWatch.subscribe((event) => queue.put(event));
    return streams.answer(c, sseHeaders, (writer) => send(writer, queue, clock), leave);
  });
}

async function send(writer: StreamWriter, queue: Queue, clock: ServerParts["clock"]) {
  const stopHeartbeat = startHeartbeat(writer, clock);
  writer.onGone(() => queue.bell.ring());
  try {
    while (!writer.gone) {
      const events = queue.take();
      if (events.length === 0) await queue.bell.wait();
      else await writer.write(events.map((data) => frame({ id: null, data })).join(""));
    }
  } finally {
    stopHeartbeat();
  }
}

/** Bounded: a reader that is far behind loses the oldest events. */
class Queue {
  readonly bell = new Bell();
  #events: WatchEvent[] = [];

  put(event: WatchEvent): void {
    this.#events.push(event);
    if (this.#events.length > mostQueued) this.#events.shift();
    this.bell.ring();
  }

  take(): WatchEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
