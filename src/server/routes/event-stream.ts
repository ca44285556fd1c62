import { createRoute, z } from "@hono/zod-openapi";
import type { JobEvent } from "../../contract/event.ts";
import type { Job } from "../../contract/job.ts";
import { RefusalError, type Result } from "../../contract/problems.ts";
import { refused, valueOf } from "../answers.ts";
import { Bell } from "../bell.ts";
import { EventFeed } from "../event-feed.ts";
import type { OpenStreams } from "../open-streams.ts";
import type { App, ServerParts } from "../parts.ts";
import { frame, position, sseHeaders, startHeartbeat } from "../sse.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/events",
  operationId: "streamEvents",
  summary: "What happens, as server-sent events",
  description:
    "Data is a JobEvent, id its `seq`; passing events carry no id. " +
    "Without `after` and `Last-Event-ID` it starts now. " +
    "Events are removed with their jobs. Where some after the position are gone, `after` is refused with " +
    "`events_gone`; with `Last-Event-ID`, as a browser sends when it connects again, the first message is " +
    '`event: gone` with `{"after", "until"}`, and those that are left follow.',
  request: {
    query: z.object({
      job: z
        .string()
        .regex(/^[1-9]\d{0,14}$/, "a job's number")
        .transform(Number)
        .optional()
        .openapi({ type: "integer", minimum: 1, description: "Only this job" }),
      after: z
        .string()
        .regex(/^\d{1,15}$/, "an event's seq")
        .transform(Number)
        .optional()
        .openapi({
          type: "integer",
          minimum: 0,
          description: "First everything with a larger `seq`",
        }),
      withJob: z.enum(["true", "false"]).default("false").openapi({
        description:
          "Only together with `job`: each stored event has a further field `job`, the job as it is when the event is sent",
      }),
    }),
    headers: z.object({
      "last-event-id": z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
  },
  responses: {
    200: { description: "Without end", content: { "text/event-stream": { schema: z.string() } } },
    ...refused,
  },
});

export function addEventStream(app: App, parts: ServerParts, streams: OpenStreams): void {
  const { supervisor, clock } = parts;

  app.openapi(route, async (c) => {
    const { job = null, after, withJob } = c.req.valid("query");
    if (job !== null) valueOf(await supervisor.show(job));
    const lastSeq = supervisor.lastSeq();
    const asked = c.req.valid("header")["last-event-id"] ?? after ?? lastSeq;
    // A position from before a restored backup would hide events until the numbers caught up.
    const from = Math.min(Number(asked), lastSeq);

    const until = job === null ? supervisor.prunedUntil() : 0;
    const isGone = from < until;
    if (isGone && c.req.valid("header")["last-event-id"] === undefined)
      throw new RefusalError({ code: "events_gone", details: { after: from, until } });

    return streams.answer(c, sseHeaders, async (writer) => {
      const bell = new Bell();
      const feed = new EventFeed(supervisor, job, from, bell);
      const stopHeartbeat = startHeartbeat(writer, clock);
      writer.onGone(() => bell.ring());
      try {
        await writer.write(position(from));
        if (isGone)
          await writer.write(frame({ id: null, event: "gone", data: { after: from, until } }));
        while (!writer.gone) {
          const events = await feed.take();
          if (events.length === 0) await bell.wait();
          else {
            const shown =
              withJob === "true" && job !== null && events.some(({ seq }) => seq !== null)
                ? await supervisor.show(job)
                : null;
            await writer.write(events.map((event) => frameOf(event, shown)).join(""));
          }
        }
      } finally {
        stopHeartbeat();
        feed.close();
      }
    });
  });
}

/** Without the job where it was removed since. */
function frameOf(event: JobEvent, shown: Result<Job> | null): string {
  const isWith = event.seq !== null && shown?.ok === true;
  return frame({ id: event.seq, data: isWith ? { ...event, job: shown.value } : event });
}
