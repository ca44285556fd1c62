import { createRoute, z } from "@hono/zod-openapi";
import { refused } from "../answers.ts";
import { count, flag, jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const query = z.object({
  stream: z
    .enum(["stdout", "stderr"])
    .default("stdout")
    .openapi({ description: "With joined output both are the same" }),
  offset: z
    .string()
    .regex(/^-?\d{1,15}$/, "a whole number of bytes; a negative one counts from the end")
    .transform(Number)
    .optional()
    .openapi({
      type: "integer",
      description: "First byte; a negative one counts from the end. Left out: 0",
    }),
  lines: z
    .string()
    .regex(/^\d{1,9}$/, "a whole number of lines")
    .transform(Number)
    .optional()
    .openapi({
      type: "integer",
      minimum: 0,
      description: "Start at the last so many lines; not together with `offset`",
    }),
  limit: count("At most so many bytes; 0: no limit", 0),
});

const bytes = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/output",
  operationId: "readOutput",
  summary: "A job's output, byte for byte",
  request: {
    params: jobIdParam,
    query: query.extend({
      follow: flag("Go on until the job has ended and everything was sent"),
    }),
  },
  responses: {
    200: {
      description: "The bytes",
      headers: z.object({
        "holdfast-offset": z.string().openapi({ description: "Where the first byte is" }),
        "holdfast-size": z.string().openapi({ description: "Size of the log at this moment" }),
        "holdfast-complete": z.enum(["true", "false"]).openapi({
          description: "true: the job had ended when the answer began",
        }),
      }),
      content: {
        "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...refused,
  },
});

const stream = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/output/stream",
  operationId: "streamOutput",
  summary: "A job's output as server-sent events",
  description:
    "Event `output`: data is {offset, base64}, id is the offset after the chunk. " +
    "Event `end`: everything was sent. `Last-Event-ID` resumes.",
  request: {
    params: jobIdParam,
    query,
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

export function addOutput(app: App, _parts: ServerParts): void {
  app.openapi(bytes, () => {
    throw new Error("not there yet");
  });
  app.openapi(stream, () => {
    throw new Error("not there yet");
  });
}
