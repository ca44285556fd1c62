import { createRoute, z } from "@hono/zod-openapi";
import { refused } from "../answers.ts";
import { Bell } from "../bell.ts";
import type { OpenStreams } from "../open-streams.ts";
import { followLog } from "../output/follow-log.ts";
import { OutputFiles } from "../output/output-files.ts";
import { outputRange, type OutputRange } from "../output/output-range.ts";
import { outputQuery } from "../output/query.ts";
import { sendRange } from "../output/send-range.ts";
import { flag, jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";
import type { StreamWriter } from "../stream-writer.ts";
import { frame, position, sseHeaders, startHeartbeat } from "../sse.ts";

const bytesRoute = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/output",
  operationId: "readOutput",
  summary: "A job's output, byte for byte",
  request: {
    params: jobIdParam,
    query: outputQuery.extend({
      follow: flag("Continue until the job has ended and everything was sent"),
    }),
  },
  responses: {
    200: {
      description: "The bytes",
      headers: z.object({
        "holdfast-offset": z.string().openapi({ description: "Where the first byte is" }),
        "holdfast-attempt": z
          .string()
          .openapi({ description: "Whose log it begins in; 0: there is no attempt yet" }),
        "holdfast-size": z.string().openapi({ description: "Size of the log at this moment" }),
        "holdfast-complete": z.enum(["true", "false"]).openapi({
          description: "true: the job had ended when the answer began",
        }),
        "holdfast-cut": z.enum(["true", "false"]).openapi({
          description:
            "true: the `lines` asked for are longer than 8 MiB, and the answer begins in the middle",
        }),
        "holdfast-dropped": z.string().openapi({
          description:
            "How many bytes directly before the first byte were asked for and are missing, because an output quota dropped them",
        }),
      }),
      content: {
        "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...refused,
  },
});

const streamRoute = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/output/stream",
  operationId: "streamOutput",
  summary: "A job's output as server-sent events",
  description:
    "Event `output`: data is {offset, base64}, id is the offset after the chunk. " +
    "Event `end`: everything was sent. `Last-Event-ID` resumes.",
  request: {
    params: jobIdParam,
    query: outputQuery,
    headers: z.object({
      "last-event-id": z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
  },
  responses: {
    200: {
      description: "Until the job has ended",
      content: { "text/event-stream": { schema: z.string() } },
    },
    ...refused,
  },
});

export function addOutput(app: App, parts: ServerParts, streams: OpenStreams): void {
  const { supervisor, clock } = parts;
  const files = new OutputFiles(clock);

  const follow = (range: OutputRange, writer: StreamWriter) => {
    const bell = new Bell();
    writer.onGone(() => bell.ring());
    return followLog({
      supervisor,
      files,
      ...range,
      bell,
      gone: () => writer.gone,
      onDropped: () => writer.cut(),
    });
  };

  app.openapi(bytesRoute, async (c) => {
    const query = c.req.valid("query");
    const range = await outputRange(supervisor, files, c.req.valid("param").id, query);
    const { from, size, limitBytes } = range;
    const to = Math.min(size, from + (limitBytes ?? size));
    const headers = {
      "content-type": "application/octet-stream",
      "holdfast-offset": String(from),
      "holdfast-attempt": String(range.attempt),
      "holdfast-size": String(size),
      "holdfast-complete": String(range.complete),
      "holdfast-cut": String(range.isCut),
      "holdfast-dropped": String(range.droppedBytes),
    };
    if (!query.follow)
      return streams.answer(c, { ...headers, "content-length": String(to - from) }, (writer) =>
        sendRange(files, range, to, writer),
      );
    return streams.answer(c, headers, async (writer) => {
      for await (const { bytes } of follow(range, writer)) await writer.write(bytes);
    });
  });

  app.openapi(streamRoute, async (c) => {
    const query = c.req.valid("query");
    const lastId = c.req.valid("header")["last-event-id"];
    const wanted =
      lastId === undefined ? query : { ...query, offset: Number(lastId), lines: undefined };
    const range = await outputRange(supervisor, files, c.req.valid("param").id, wanted);
    return streams.answer(c, sseHeaders, async (writer) => {
      const stopHeartbeat = startHeartbeat(writer, clock);
      try {
        // Through all attempts, if they are followed from a given one on.
        let next =
          wanted.fromAttempt === undefined || wanted.offset === undefined
            ? range.from
            : wanted.offset + range.droppedBytes;
        await writer.write(position(next));
        for await (const { offset, bytes } of follow(range, writer)) {
          next += bytes.length;
          const data = { offset, base64: bytes.toString("base64") };
          await writer.write(frame({ id: next, event: "output", data }));
        }
        await writer.write(frame({ id: next, event: "end", data: { offset: next } }));
      } finally {
        stopHeartbeat();
      }
    });
  });
}
